// Limits of a machine's process: put in force where the host can, told or refused where it cannot.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { enableController, findCgroupPlace } from '../../src/host/cgroup-place.ts'
import { DEFAULT_LIFE, type Life } from '../../src/plan/life.ts'
import { changeLimits, limitMachine, requireLimits } from '../../src/run/limit-machine.ts'
import { lifeOf } from '../../src/run/machine-life.ts'
import { VoltError } from '../../src/volt-error.ts'
import { loadText } from '../manifest/support.ts'
import { suite } from '../suite.ts'

const test = suite('limits of a machine')
const MIB = 1024 ** 2
const place = await findCgroupPlace()
const why = 'reason' in place ? place.reason : await enableController(place.directory, 'cpu')
const limits = { cpu: 1.5, cpuWeight: 50 }
const life = (sandbox: Life['sandbox']): Life => ({ ...DEFAULT_LIFE, sandbox, limits })
const name = `test-limits-${process.pid}`

async function lifeOfText(fields: string): Promise<Life> {
  const text = `apiVersion: volt/v1\nkind: MicroVM\nmetadata: { name: vm }\nkernel: { image: builtin:hello }\n${fields}\n`
  const { documents } = await loadText(text)
  if (documents[0] === undefined) throw new Error(`no manifest: ${fields}`)
  return lifeOf(documents[0].spec)
}

test('memory is limited to what the guest has, its page tables and the overhead; pages of the pool do not count', async () => {
  const bytes = async (fields: string) =>
    (await lifeOfText(`memory: 256MiB\nresources: { memoryOverhead: 64MiB }\n${fields}`)).limits?.memoryMaxBytes
  assert.is(await bytes(''), (256 + 1 + 64) * MIB)
  assert.is(await bytes('hugePages: transparent'), (256 + 1 + 64) * MIB)
  assert.is(await bytes('hugePages: 2MiB'), 64 * MIB)
})

test('lists of processors are written the shortest way, and one where all are the same', async () => {
  assert.equal((await lifeOfText('vcpus: { count: 2, pin: "3,1-2,2" }')).pin, ['1-3'])
  assert.equal((await lifeOfText('vcpus: { count: 2, pin: ["0,1", "0-1"] }')).pin, ['0-1'])
  assert.equal((await lifeOfText('vcpus: { count: 2, pin: ["0", "1"] }')).pin, ['0', '1'])
  assert.is((await lifeOfText('vcpus: 2')).pin, undefined)
})

test('a machine without limits gets no cgroup', async () => {
  const { report, cgroup } = await limitMachine(DEFAULT_LIFE, name)
  assert.equal([report, cgroup], [undefined, undefined])
})

test.skipIf(why === undefined && 'the host can limit processors', 'what the host cannot limit is told', async () => {
  const limited = await limitMachine(life('best-effort'), name)
  assert.equal(limited.report, { asked: 2, missing: ['cpu', 'cpuWeight'].map((limit) => ({ limit, reason: why })) })
  assert.is(limited.cgroup, undefined)
})

test.skipIf(why === undefined && 'the host can limit processors', 'strict refuses it with a sentence', async () => {
  for (const refused of [() => limitMachine(life('strict'), name), () => requireLimits(life('strict'))]) {
    const error = await refused().then(
      () => undefined,
      (problem: unknown) => problem,
    )
    assert.ok(error instanceof VoltError)
    assert.is(error.code, 'HOST_ERROR')
    assert.match(error.message, /the sandbox is strict and the host cannot limit resources\.cpu \(and 1 more\): /)
    assert.ok(error.hint)
  }
  await requireLimits(life('best-effort'))
})

test.skipIf(why ?? false, 'limits are in force in a cgroup, and change there', async () => {
  const limited = await limitMachine(life('strict'), name)
  try {
    const { report } = limited
    const read = async (file: string) => (await readFile(join(report?.cgroup ?? '', file), 'utf8')).trim()
    assert.equal(report?.missing, [])
    assert.is(await read('cpu.max'), '150000 100000')
    assert.is(await read('cpu.weight'), '50')
    assert.equal((await changeLimits(report, { cpu: 0.25 }, 'strict')).missing, [])
    assert.is(await read('cpu.max'), '25000 100000')
    assert.is(await read('cpu.weight'), '100')
  } finally {
    await limited.close()
    await limited.remove()
  }
})

test.run()
