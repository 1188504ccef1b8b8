// A machine in the foreground, as a container's first process has it.
import type { ChildProcess } from 'node:child_process'
import * as assert from 'uvu/assert'
import { helloManifest, type Ended, type Workplace } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from './kvm.ts'
import { ps, withPlace } from './place.ts'

const test = suite('volt apply --foreground')
const skip = whyNoMachines()

/** When it has shown that the guest runs. */
async function start(place: Workplace): Promise<{ child: ChildProcess; ended: Promise<Ended> }> {
  const child = place.start(['apply', '--foreground', 'vm.yaml'])
  let shown = ''
  child.stdout?.on('data', (chunk: Buffer) => (shown += chunk.toString()))
  const ended = place.finish(child)
  await eventually(() => shown.includes('processors answered'), 'it is up')
  return { child, ended }
}

test.skipIf(skip, 'shows the console, and SIGTERM presses the power button', async () => {
  await withPlace({ 'vm.yaml': helloManifest({ cmdline: 'stay obey' }) }, async (place) => {
    const { child, ended } = await start(place)
    child.kill('SIGTERM')
    const { code, stdout, stderr } = await ended
    assert.is(code, 0, stderr)
    assert.match(stdout, 'processors answered')
    assert.match(stderr, /hello: poweroff: /)
    assert.is((await ps(place))[0]?.description, 'stopped (poweroff)')
  })
})

test.skipIf(skip, 'a guest that does not obey has its stopTimeout and no more', async () => {
  await withPlace({ 'vm.yaml': helloManifest({ cmdline: 'stay', stopTimeout: '300ms' }) }, async (place) => {
    const { child, ended } = await start(place)
    child.kill('SIGTERM')
    const { code, stderr } = await ended
    assert.is(code, 0, stderr)
    assert.match(stderr, /hello: stopped: /)
  })
})

test.skipIf(skip, 'ends by itself when the machine does, and takes up one that runs', async () => {
  await withPlace({ 'vm.yaml': helloManifest({ cmdline: 'stay obey' }) }, async (place) => {
    const first = await start(place)
    first.child.kill('SIGKILL')
    await first.ended
    const { ended } = await start(place)
    assert.is((await place.volt('stop', 'hello')).code, 0)
    assert.is((await ended).code, 0)
  })
})

test.skipIf(skip, 'follows one machine, and has no JSON', async () => {
  const two = `${helloManifest()}---\n${helloManifest({ name: 'other' })}`
  await withPlace({ 'vm.yaml': helloManifest(), 'two.yaml': two }, async (place) => {
    for (const args of [['--json', 'vm.yaml'], ['--attach', 'vm.yaml'], ['two.yaml']]) {
      assert.is((await place.volt('apply', '--foreground', ...args)).code, 64, args.join(' '))
    }
  })
})

test.run()
