// A host that takes things away from machines that run: processes, space, the right to write, whole state files, time.
// Afterwards `ps` is right, `apply` converges, and `destroy` leaves nothing.
// timeout: 600 s
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { helloManifest, type Workplace } from '../../cli/volt.ts'
import { suite } from '../../suite.ts'
import { eventually, whyNoMachines } from '../kvm.ts'
import { machineOf, ps, withPlace } from '../place.ts'
import { processesOf } from './leftovers.ts'

const test = suite('an odd host')
const skip = whyNoMachines()
const skipMount = skip || (process.getuid?.() === 0 ? false : 'mounting needs root')
const DAY_BACK = fileURLToPath(new URL('day-back.mjs', import.meta.url))
const manifest = helloManifest({ cmdline: 'stay', stopTimeout: '0s' })

const vmFile = (place: Workplace, name: string): string => join(place.stateHome, 'volt', 'lab', 'hello', name)
const stateNow = async (place: Workplace): Promise<string | undefined> => (await ps(place))[0]?.description

async function apply(place: Workplace): Promise<void> {
  const { code, stderr } = await place.volt('apply', '--yes', 'vm.yaml')
  assert.is(code, 0, stderr)
  assert.is((await place.volt('plan', '--detailed-exitcode', 'vm.yaml')).code, 0)
}

/** Applies, lets something happen, and looks whether all is well in the end. */
async function survives(
  happen: (place: Workplace, keeper: number) => Promise<void>,
  prepare?: (place: Workplace) => Promise<void>,
): Promise<void> {
  await withPlace({ 'vm.yaml': manifest }, async (place) => {
    try {
      await prepare?.(place)
      await apply(place)
      await happen(place, (await ps(place))[0]?.pid ?? 0)
      await apply(place)
      assert.is(await stateNow(place), 'running')
      assert.is(processesOf(place.stateHome).length, 2)
      const destroyed = await place.volt('destroy', '--yes', 'vm.yaml')
      assert.is(destroyed.code, 0, destroyed.stderr)
      await eventually(() => processesOf(place.stateHome).length === 0, 'no process is left')
      assert.equal(await readdir(join(place.stateHome, 'volt')), [])
    } finally {
      if (prepare !== undefined) {
        await place.volt('destroy', '--all', '--yes', '--project', 'lab')
        execFileSync('umount', ['-l', place.stateHome])
      }
    }
  })
}

/** State on a file system of its own, with little room. */
async function mountState({ stateHome }: Workplace): Promise<void> {
  await mkdir(stateHome, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k,mode=755', 'volt-test', stateHome])
}

test.skipIf(skip, "the machine's process is killed", () =>
  survives(async (place, keeper) => {
    process.kill(machineOf(keeper), 'SIGKILL')
    await eventually(async () => (await stateNow(place)) === 'stopped (killed)', 'ps says so')
  }),
)

test.skipIf(skip, 'its keeper is killed', () =>
  survives(async (place, keeper) => {
    process.kill(keeper, 'SIGKILL')
    await eventually(async () => (await stateNow(place)) === 'died (killed)', 'ps says so')
    await eventually(() => processesOf(place.stateHome).length === 0, 'the machine goes with it')
  }),
)

for (const name of ['record.json', 'plan.json', 'events.ndjson']) {
  for (const [how, cut] of [
    ['cut off', 20],
    ['emptied', 0],
  ] as const) {
    // prettier-ignore
    test.skipIf(skip, `${name} is ${how} while the machine runs`, () =>
      survives(async (place, keeper) => {
        await truncate(vmFile(place, name), cut)
        const described = await stateNow(place)
        assert.is(described, name === 'record.json' ? 'damaged' : 'running')
        assert.ok(processesOf(place.stateHome).some(({ pid }) => pid === keeper))
      }),
    )
  }
}

test.skipIf(skip, 'the record is of a newer version', () =>
  survives(async (place) => {
    const record = JSON.parse(await readFile(vmFile(place, 'record.json'), 'utf8')) as object
    await writeFile(vmFile(place, 'record.json'), JSON.stringify({ ...record, formatVersion: 2 }))
    assert.is(await stateNow(place), 'damaged')
    const { code, stderr } = await place.volt('apply', 'vm.yaml')
    assert.is(code, 1, 'what runs is not ended without agreement')
    assert.match(stderr, 'not of a format that this version of Volt knows')
  }),
)

test.skipIf(skip, 'its pid is that of another process by now', () =>
  survives(async (place, keeper) => {
    process.kill(keeper, 'SIGKILL')
    await eventually(() => processesOf(place.stateHome).length === 0, 'the machine goes with it')
    const record = JSON.parse(await readFile(vmFile(place, 'record.json'), 'utf8')) as object
    await writeFile(vmFile(place, 'record.json'), JSON.stringify({ ...record, pid: process.pid }))
    assert.is(await stateNow(place), 'died (killed)')
    assert.is((await place.volt('stop', 'hello')).code, 0)
  }),
)

test.skipIf(skip, 'the clock is a day behind', () =>
  survives(async (place) => {
    const back = { env: { NODE_OPTIONS: `--import ${DAY_BACK}` } }
    const { stdout } = await place.finish(place.start(['ps'], back))
    assert.match(stdout, /^hello +running +\d+ +0s /m)
    const planned = await place.finish(place.start(['plan', '--detailed-exitcode', 'vm.yaml'], back))
    assert.is(planned.code, 0, planned.stdout)
    assert.is((await place.finish(place.start(['restart', 'hello'], back))).code, 0)
  }),
)

test.skipIf(skipMount, 'the state directory is full', () =>
  survives(async (place, keeper) => {
    const filler = join(place.stateHome, 'filler')
    execFileSync('sh', ['-c', 'cat /dev/zero >"$0" 2>/dev/null; true', filler])
    assert.is(await stateNow(place), 'running')
    await place.write('vm.yaml', manifest.replace('vcpus: 1', 'vcpus: 2'))
    const { code, stderr } = await place.volt('apply', '--yes', 'vm.yaml')
    assert.is(code, 1, stderr)
    assert.match(
      stderr,
      /error\[STATE_UNWRITABLE\]: cannot keep state in .*hello.*no space left on device[^]*make room/i,
    )
    assert.is(await stateNow(place), 'running', 'what could not be started again was not ended')
    const restarted = await place.volt('restart', 'hello')
    assert.is(restarted.code, 1)
    assert.match(restarted.stderr, 'error[STATE_UNWRITABLE]')
    assert.equal(processesOf(place.stateHome).map(({ pid }) => pid).sort(), [keeper, machineOf(keeper)].sort()) // prettier-ignore
    execFileSync('rm', [filler])
  }, mountState),
)

test.skipIf(skipMount, 'the state directory may only be read', () =>
  survives(async (place) => {
    // A view of its own: the machine writes to the other.
    execFileSync('mount', ['--bind', place.stateHome, place.stateHome])
    execFileSync('mount', ['-o', 'remount,bind,ro', place.stateHome])
    assert.is(await stateNow(place), 'running')
    const { code, stderr } = await place.volt('apply', '--yes', 'vm.yaml')
    assert.is(code, 1, stderr)
    assert.match(stderr, /read-only file system/i)
    execFileSync('umount', [place.stateHome])
  }, mountState),
)

test.run()
