// The hello guest on this machine's KVM: what it finds in the MP table and in CPUID is what the manifest says. By ACPI: test/vm/hello-acpi.test.ts.
import * as assert from 'uvu/assert'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parsePlanFile } from '../../src/plan/plan-file.ts'
import { makeWorkplace, type Ended, type Workplace } from '../cli/volt.ts'
import { alterApicId, savePlan } from '../lab/alter-plan.ts'
import { suite } from '../suite.ts'
import { whyNoMachines } from '../vm/kvm.ts'

const skip = whyNoMachines()
const test = suite('guests/hello')
const manifests = fileURLToPath(new URL('../../manifests/', import.meta.url))

let work: Workplace
test.before(async () => {
  work = await makeWorkplace()
})
test.after(() => work.remove())

/** Runs a guest with these words on its command line and these fields in its manifest, without ACPI. */
async function run(cmdline: string, fields: Record<string, unknown>, input = ''): Promise<Ended> {
  const kernel = { image: 'builtin:hello', cmdline }
  const firmware = { acpi: false }
  const manifest = { apiVersion: 'volt/v1', kind: 'MicroVM', metadata: { name: 'hello' }, kernel, firmware, ...fields }
  await work.write('vm.yaml', JSON.stringify(manifest))
  return work.finish(work.start(['run', '--quiet', 'vm.yaml']), input)
}

interface Row {
  id: number
  role: string
  apicId: number
  package: number
  core: number
  thread: number
}

/** The lines of the table of processors. */
function rowsOf({ stdout }: Ended): Row[] {
  const line = /^ *(\d+) +0x14 +(\w+) +(\d+) +(\d+) +(\d+) +(\d+)\r$/gm
  return [...stdout.matchAll(line)].map(([, id, role, apicId, socket, core, thread]) => ({
    id: Number(id),
    role: role ?? '',
    apicId: Number(apicId),
    package: Number(socket),
    core: Number(core),
    thread: Number(thread),
  }))
}

for (const vcpus of [1, 2, 41, 42, 254]) {
  test.skipIf(skip, `starts ${vcpus} processors and each answers with its own id`, async () => {
    const ended = await run('', { vcpus })
    assert.is(ended.code, 0, ended.stderr)
    const ids = Array.from({ length: vcpus }, (_, id) => id)
    assert.equal(rowsOf(ended).map(({ id }) => id), ids) // prettier-ignore
    assert.equal(rowsOf(ended).map(({ apicId }) => apicId), ids) // prettier-ignore
    assert.match(ended.stdout, `hello: ${vcpus} of ${vcpus} processors answered\r\n`)
    const table = 44 + 20 * vcpus + 8 + 8 + 128
    assert.match(ended.stdout, `${table} bytes, ${vcpus + 18} entries, version 1.4`)
  })
}

test.skipIf(skip, 'reads the topology of the manifest from CPUID', async () => {
  const ended = await run('', { vcpus: { count: 8, sockets: 2, cores: 2, threads: 2 } })
  const places = rowsOf(ended).map((row) => [row.package, row.core, row.thread])
  const all = [0, 1].flatMap((socket) => [0, 1].flatMap((core) => [0, 1].map((thread) => [socket, core, thread])))
  assert.equal(places, all)
})

test.skipIf(skip, 'prints memory map and command line', async () => {
  const { stdout } = await run('one  two=3', { memory: '64MiB' })
  assert.match(stdout, /^Command line {2}one {2}two=3\r$/m)
  assert.match(stdout, /^Memory +0x0000000000-0x000009fbff +639 KiB {2}usable\r$/m)
  assert.match(stdout, /^ +0x000009fc00-0x000009ffff +1 KiB {2}reserved\r$/m)
  assert.match(stdout, /^ +0x0000100000-0x0003ffffff +63 MiB {2}usable\r$/m)
})

test.skipIf(skip, 'finds no table and one processor when the manifest turns the tables off', async () => {
  const { stdout, code } = await run('', { vcpus: 2, firmware: { mptable: false, acpi: false } })
  assert.is(code, 0)
  assert.match(stdout, /^MP table +not found\r$/m)
  assert.match(stdout, 'hello: 1 of 1 processors answered')
})

test.skipIf(skip, 'says which processor of the table did not start', async () => {
  await run('', { vcpus: 3 })
  const planned = await work.volt('plan', 'vm.yaml', '-o', 'plan.json')
  assert.is(planned.code, 0, planned.stderr)
  const { plan, sources } = parsePlanFile(await readFile(`${work.directory}/plan.json`, 'utf8'))
  await work.write('altered.json', savePlan(alterApicId(plan, 1, 7), sources))
  const { stdout, stderr } = await work.volt('run', 'altered.json')
  assert.match(stdout, /^ +7 +0x14 +application +did not start\r$/m, stderr)
  assert.match(stdout, 'hello: 2 of 3 processors answered')
})

test.skipIf(skip, 'echoes input by interrupt until Ctrl-D', async () => {
  const text = 'first\rsecond, longer than a FIFO\r'.repeat(20)
  const { stdout, code } = await run('echo', {}, `${text}\x04lost`)
  assert.is(code, 0)
  const echoed = stdout.slice(stdout.indexOf('Ctrl-D\r\n') + 'Ctrl-D\r\n'.length)
  assert.is(echoed, text.replaceAll('\r', '\r\n'))
})

test.skipIf(skip, 'stays when told to, but not by a part of a word', async () => {
  assert.not.match((await run('staying no-stay', {})).stdout, 'idle in HLT')
  const child = work.start([
    'run',
    '--quiet',
    await work.write('stay.yaml', await readFile(`${manifests}hello-stay.yaml`, 'utf8')),
  ])
  const text = await new Promise<string>((resolve) => {
    let all = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      all += chunk.toString()
      if (all.includes('idle in HLT')) resolve(all)
    })
    child.once('close', () => resolve(all))
  })
  assert.match(text, 'hello: staying, idle in HLT')
  assert.is(child.exitCode, null)
  child.kill('SIGTERM')
  const code = await new Promise((resolve) => child.once('close', resolve))
  assert.is(code, 143)
})

for (const name of ['hello', 'topology']) {
  test.skipIf(skip, `manifests/${name}.yaml runs`, async () => {
    const { code, stdout } = await work.volt('run', `${manifests}${name}.yaml`)
    assert.is(code, 0)
    assert.match(stdout, name === 'hello' ? '4 of 4 processors' : '8 of 8 processors')
  })
}

test.run()
