import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { helloManifest, type Workplace } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from './kvm.ts'
import { isAlive, ps, withPlace } from './place.ts'

const test = suite('volt stop, and guests that reboot')
const skip = whyNoMachines()

interface StopJson {
  vms: { name: string; was: string; ended: string }[]
}

async function start(place: Workplace): Promise<number> {
  const { code, stderr } = await place.volt('apply', 'vm.yaml')
  assert.is(code, 0, stderr)
  await eventually(async () => (await place.volt('logs', 'hello')).stdout.includes('processors answered'), 'it is up')
  return (await ps(place))[0]?.pid ?? 0
}

async function stop(place: Workplace, ...args: string[]): Promise<StopJson['vms'][number] | undefined> {
  const { code, stdout, stderr } = await place.volt('stop', 'hello', '--json', ...args)
  assert.is(code, 0, stderr)
  return (JSON.parse(stdout) as StopJson).vms[0]
}

test.skipIf(skip, 'a guest that obeys the power button powers itself off', async () => {
  await withPlace({ 'vm.yaml': helloManifest({ cmdline: 'stay obey' }) }, async (place) => {
    const pid = await start(place)
    assert.is((await stop(place, '--timeout', '10'))?.ended, 'powered-off')
    await eventually(() => !isAlive(pid), 'the process is gone')
    assert.is((await ps(place))[0]?.description, 'stopped (poweroff)')
  })
})

test.skipIf(skip, 'a guest that does not is ended when its stopTimeout has passed', async () => {
  await withPlace({ 'vm.yaml': helloManifest({ cmdline: 'stay', stopTimeout: '300ms' }) }, async (place) => {
    const pid = await start(place)
    assert.is((await stop(place))?.ended, 'forced')
    await eventually(() => !isAlive(pid), 'the process is gone')
    assert.is((await ps(place))[0]?.description, 'stopped (on request)')
  })
})

test.skipIf(
  skip,
  'Ctrl-C ends the wait for a guest that does not obey, at once, and says that it goes on',
  async () => {
    await withPlace({ 'vm.yaml': helloManifest({ cmdline: 'stay', stopTimeout: '60m' }) }, async (place) => {
      const pid = await start(place)
      const client = place.start(['stop', 'hello'])
      const ended = place.finish(client)
      await eventually(
        async () => (await place.volt('events', 'hello')).stdout.includes('power-button'),
        'it was pressed',
      )
      client.kill('SIGINT')
      const { code, stderr } = await ended
      assert.is(code, 130, stderr)
      assert.match(stderr, /hello goes on; its power button was pressed/)
      assert.ok(isAlive(pid))
      await place.volt('stop', 'hello', '--timeout', '0')
    })
  },
)

test.skipIf(skip, 'a machine without ACPI has no power button and is ended at once', async () => {
  const manifest = helloManifest({ cmdline: 'stay' }) + 'firmware: { acpi: false }\n'
  await withPlace({ 'vm.yaml': manifest }, async (place) => {
    await start(place)
    const { stderr } = await place.volt('stop', 'hello')
    assert.match(stderr, 'hello has no power button and was ended by SIGTERM')
    assert.equal(await stop(place), { project: 'lab', name: 'hello', was: 'stopped (on request)', ended: 'gone' })
  })
})

test.skipIf(skip, 'a guest that reboots under apply boots again in the same process', async () => {
  await withPlace({ 'vm.yaml': helloManifest() }, async (place) => {
    const pid = await start(place)
    const greetings = async () => (await place.volt('logs', 'hello')).stdout.split('processors answered').length - 1
    await eventually(async () => (await greetings()) >= 2, 'it has booted twice')
    assert.is((await ps(place))[0]?.pid, pid)
    const events = await readFile(join(place.stateHome, 'volt', 'lab', 'hello', 'events.ndjson'), 'utf8')
    assert.match(events, '"event":"reset"')
  })
})

test.run()
