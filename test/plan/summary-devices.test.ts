// The line that each device has in `volt plan`.
import * as assert from 'uvu/assert'
import { deviceLine, summarizeDevice } from '../../src/plan/summary-devices.ts'
import { virtioDevices } from '../../src/plan/virtio/devices.ts'
import { suite } from '../suite.ts'
import { diskSpec, MIB } from './support/images.ts'

const test = suite('devices for people')

function lineOf(changes: Parameters<typeof diskSpec>[1], sources: Record<string, string>): string {
  const slot = { base: 0xd0000000, gsi: 5 }
  const [disk] = virtioDevices([diskSpec('root', changes)], undefined, [slot], [{ sizeBytes: 2048 * MIB }])
  return disk === undefined ? '' : deviceLine(summarizeDevice(disk), sources)
}

test('a disk: where it is, how large, on what file and how its writes are kept', () => {
  const where = 'disk-root (virtio-block) at 0xd0000000, GSI 5: 2GiB of'
  assert.is(lineOf({}, { 'disk-root': '/srv/root.img' }), `${where} /srv/root.img, writeback`)
  assert.is(lineOf({ readOnly: true }, { 'disk-root': '/r' }), `${where} /r, read-only`)
  assert.is(lineOf({}, {}), `${where} disk-root, writeback`)
  const rateLimit = { bandwidth: { perSecond: 10 * MIB, burst: 1 }, ops: { perSecond: 50, burst: 50 } }
  assert.is(
    lineOf({ overlay: true, queues: 2, cache: 'unsafe', rateLimit }, { 'disk-root': '/r', 'overlay-root': '/o' }),
    `${where} /r, writes to /o, unsafe, 2 queues, at most 10MiB a second, at most 50 operations a second`,
  )
})

test('other devices: ports or a window, and the interrupt', () => {
  const [rng] = virtioDevices([], {}, [{ base: 0xd0000000, gsi: 5 }], [])
  assert.is(rng && deviceLine(summarizeDevice(rng), {}), 'rng (virtio-rng) at 0xd0000000, GSI 5')
  const ports = [{ base: '0x60', size: 1 }, { base: '0x3f8', size: 8 }] // prettier-ignore
  assert.is(deviceLine(summarizeDevice({ id: 'x', type: 'i8042', ports }), {}), 'x (i8042) at 0x60, 0x3f8-0x3ff')
})

test.run()
