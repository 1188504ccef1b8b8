// Hundreds of machines from their beginning to their end, and nothing that stays.
// timeout: 1200 s
import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { helloManifest } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import type { Footprint } from './in-process-cycles.ts'
import { mounts, processesOf } from './kill/leftovers.ts'
import { eventually, whyNoMachines } from './kvm.ts'
import { ps, withPlace } from './place.ts'

const test = suite('cycles')
const skip = whyNoMachines()
const AT_ONCE = 8
const MACHINES = 500
/** Between two looks; a machine that left 10 KiB behind would show. */
const ROOM_KIB = 512
/** Machines between two looks. */
const LOOK = 50

test.skipIf(skip, `${MACHINES} machines by volt apply, ${AT_ONCE} at a time, leave nothing`, async () => {
  const names = Array.from({ length: AT_ONCE }, (_, index) => `hello-${index}`)
  const manifest = names.map((name) => helloManifest({ name, cmdline: 'stay', stopTimeout: '0s' })).join('---\n')
  await withPlace({ 'vm.yaml': manifest }, async (place) => {
    const before = mounts()
    let made = 0
    for (; made < MACHINES; made += AT_ONCE) {
      const applied = await place.volt('apply', 'vm.yaml')
      assert.is(applied.code, 0, applied.stderr)
      assert.equal(
        (await ps(place)).map(({ state }) => state),
        names.map(() => 'running'),
      )
      const destroyed = await place.volt('destroy', '--yes', '--timeout', '0', 'vm.yaml')
      assert.is(destroyed.code, 0, destroyed.stderr)
    }
    const left = () => processesOf(place.stateHome)
    await eventually(() => left().length === 0, `no process is left, but ${JSON.stringify(left())}`)
    assert.equal(await readdir(join(place.stateHome, 'volt')), [])
    assert.equal(mounts(), before)
    console.log(`${made} machines by volt apply`)
  })
})

test.skipIf(skip, `${MACHINES} machines in one process leave no descriptor, thread or memory`, async () => {
  await withPlace({ 'vm.yaml': helloManifest({ cmdline: 'poweroff' }) }, async ({ directory }) => {
    const script = fileURLToPath(new URL('in-process-cycles.ts', import.meta.url))
    const args = ['--expose-gc', '--import', 'tsx', script, join(directory, 'vm.yaml'), String(MACHINES), String(LOOK)]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    // The first are those that warm it up.
    const seen = (JSON.parse(stdout) as Footprint[]).slice(1)
    console.log(`after each ${LOOK} of ${MACHINES} machines: ${JSON.stringify(seen)}`)
    const [first] = seen
    for (const { descriptors, threads } of seen)
      assert.equal([descriptors, threads], [first?.descriptors, first?.threads], stdout)
    // What allocators keep goes up and down in steps; a leak grows between any two looks.
    const growth = seen.slice(1).map(({ residentKib }, index) => residentKib - (seen[index]?.residentKib ?? 0))
    const median = growth.sort((a, b) => a - b)[Math.floor(growth.length / 2)] ?? NaN
    assert.ok(median <= ROOM_KIB, `${median} KiB more after each ${LOOK} machines: ${stdout}`)
  })
})

test.run()
