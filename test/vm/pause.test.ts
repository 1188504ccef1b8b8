// A machine that stands still for a while.
import * as assert from 'uvu/assert'
import { helloManifest, type Workplace } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from './kvm.ts'
import { ps, withPlace } from './place.ts'

const test = suite('volt pause, resume')
const skip = whyNoMachines()

async function stateOf(place: Workplace): Promise<string | undefined> {
  return (await ps(place))[0]?.description
}

test.skipIf(skip, 'is seen by ps and inspect, can be repeated, and ends with resume', async () => {
  await withPlace({ 'vm.yaml': helloManifest({ cmdline: 'stay' }) }, async (place) => {
    assert.is((await place.volt('apply', 'vm.yaml')).code, 0)
    for (const [verb, state] of [
      ['pause', 'paused'],
      ['pause', 'paused'],
      ['resume', 'running'],
      ['resume', 'running'],
    ] as const) {
      const { code, stderr } = await place.volt(verb, 'hello')
      assert.is(code, 0, stderr)
      assert.is(stderr.trim(), `hello: ${state}`)
      await eventually(async () => (await stateOf(place)) === state, `ps says ${state}`)
      assert.is((JSON.parse((await place.volt('inspect', '--json', 'hello')).stdout) as { state: string }).state, state)
    }
    const { stdout } = await place.volt('pause', '--json', 'hello')
    assert.equal(JSON.parse(stdout), {
      formatVersion: 1,
      vms: [{ project: 'lab', name: 'hello', state: 'paused' }],
    })
    // What stands still is what the manifest asks for.
    assert.match((await place.volt('apply', 'vm.yaml')).stderr, 'unchanged')
  })
})

test.skipIf(skip, 'a paused machine hears its power button', async () => {
  await withPlace({ 'vm.yaml': helloManifest({ cmdline: 'stay obey' }) }, async (place) => {
    assert.is((await place.volt('apply', 'vm.yaml')).code, 0)
    await eventually(async () => (await place.volt('logs', 'hello')).stdout.includes('processors answered'), 'it is up')
    assert.is((await place.volt('pause', 'hello')).code, 0)
    const { stdout } = await place.volt('stop', '--json', '--timeout', '10', 'hello')
    assert.equal(JSON.parse(stdout), {
      formatVersion: 1,
      vms: [{ project: 'lab', name: 'hello', was: 'paused', ended: 'powered-off' }],
    })
    for (const verb of ['pause', 'resume']) {
      const { code, stderr } = await place.volt(verb, 'hello')
      assert.is(code, 1)
      assert.match(stderr, "error[NOT_RUNNING]: the machine 'hello' does not run: stopped (poweroff)")
    }
    assert.match((await place.volt('pause', 'nobody')).stderr, 'NO_SUCH_VM')
    assert.is((await place.volt('pause')).code, 64)
  })
})

test.run()
