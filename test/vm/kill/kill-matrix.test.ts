// volt killed by SIGKILL before each thing that it does to the host: what `ps` says afterwards is true, the next `apply`
// makes it so, and `destroy` leaves nothing.
// timeout: 1800 s
import { readdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import type { Ended, Workplace } from '../../cli/volt.ts'
import { suite } from '../../suite.ts'
import { eventually, whyNoMachines } from '../kvm.ts'
import { isAlive, ps, withPlace } from '../place.ts'
import { cgroupsOf, mounts, processesOf } from './leftovers.ts'

const test = suite('a kill at every stage')
const skip = whyNoMachines()
const KILL_AT = fileURLToPath(new URL('kill-at.mjs', import.meta.url))
const AT_ONCE = 2

const manifest = (vcpus: number) => `apiVersion: volt/v1
kind: MicroVM
metadata: { name: hello }
kernel: { image: 'builtin:hello', cmdline: stay }
vcpus: ${vcpus}
vsock: true
stopTimeout: 0s
disks: [{ name: data, path: ./data.img, overlay: true }]
resources: { cpu: 1, pids: 64 }
`

async function killed(place: Workplace, stage: number, ...args: string[]): Promise<Ended> {
  const env = { VOLT_KILL_AT: String(stage), NODE_OPTIONS: `--import ${KILL_AT}` }
  return place.finish(place.start(args, { env }))
}

/** `prepare`, then volt with `args` killed at one stage after the other, until it comes to its end. */
async function killEverywhere(prepare: (place: Workplace) => Promise<void>, ...args: string[]): Promise<number> {
  let next = 1
  let last = Infinity
  const worker = async (): Promise<void> => {
    while (next < last) {
      const stage = next++
      if (!(await killAt(stage, prepare, args))) last = Math.min(last, stage)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return last - 1
}

/** False where volt ended before it came to the stage. */
async function killAt(
  stage: number,
  prepare: (place: Workplace) => Promise<void>,
  args: readonly string[],
): Promise<boolean> {
  let wasKilled = false
  await withPlace({ 'vm.yaml': manifest(1) }, async (place) => {
    const image = join(place.directory, 'data.img')
    await writeFile(image, '')
    await truncate(image, 1 << 20)
    await prepare(place)
    const ended = await killed(place, stage, ...args)
    wasKilled = ended.signal === 'SIGKILL'
    if (!wasKilled) return assert.is(ended.code, 0, ended.stderr)
    const where = `${args.join(' ')}, killed at stage ${stage}`
    await eventually(async () => (await isTrue(place)) === undefined, `${where}: ps is right`)
    const { code, stderr } = await place.volt('apply', '--yes', 'vm.yaml')
    assert.is(code, 0, `${where}: ${stderr}`)
    assert.equal(
      (await ps(place)).map(({ state }) => state),
      ['running'],
      where,
    )
    assert.is((await place.volt('plan', '--detailed-exitcode', 'vm.yaml')).code, 0, where)
    assert.is((await place.volt('destroy', '--yes', '--delete-data', 'vm.yaml')).code, 0, where)
    const left = () => processesOf(place.stateHome)
    await eventually(() => left().length === 0, `${where}: no process is left, but ${JSON.stringify(left())}`)
    assert.equal(await readdir(join(place.stateHome, 'volt')), [], where)
  })
  return wasKilled
}

/** What is wrong with what ps says of the processes there. */
async function isTrue(place: Workplace): Promise<string | undefined> {
  const [vm] = await ps(place)
  const machines = processesOf(place.stateHome).filter(({ command }) => command.includes('volt-vmm'))
  if (vm?.state !== 'running') return machines.length === 0 ? undefined : JSON.stringify({ vm, machines })
  return isAlive(vm.pid ?? 0) && machines.length > 0 ? undefined : JSON.stringify({ vm, machines })
}

const nothing = (): Promise<void> => Promise.resolve()

async function applied(place: Workplace): Promise<void> {
  const { code, stderr } = await place.volt('apply', 'vm.yaml')
  assert.is(code, 0, stderr)
}

async function changed(place: Workplace): Promise<void> {
  await applied(place)
  await place.write('vm.yaml', manifest(2))
}

for (const [title, prepare, ...args] of [
  ['apply that starts', nothing, 'apply', 'vm.yaml'],
  ['apply that restarts', changed, 'apply', '--yes', 'vm.yaml'],
  ['destroy', applied, 'destroy', '--yes', 'vm.yaml'],
  ['stop', applied, 'stop', 'hello'],
] as const) {
  test.skipIf(skip, `${title}, killed before each thing that it does`, async () => {
    const before = mounts()
    const stages = await killEverywhere(prepare, ...args)
    assert.ok(stages >= 3, `it was killed ${stages} times`)
    assert.equal(mounts(), before)
    await eventually(async () => (await cgroupsOf('lab')).length === 0, `${title}: no cgroup is left`)
    console.log(`${title}: killed ${stages} times`)
  })
}

test.run()
