// The line that each device has in `volt plan`.
import * as assert from 'uvu/assert'
import type { NetworkSpec } from '../../src/manifest/spec.ts'
import { deviceLine, summarizeDevice } from '../../src/plan/summary-devices.ts'
import { virtioDevices } from '../../src/plan/virtio/devices.ts'
import { suite } from '../suite.ts'
import { diskSpec, MIB } from './support/images.ts'

const test = suite('devices for people')

const UART = { device: 'uart', maxSizeBytes: 1 << 24 } as const

function lineOf(changes: Parameters<typeof diskSpec>[1], sources: Record<string, string>): string {
  const slot = { base: 0xd0000000, gsi: 5 }
  const [disk] = virtioDevices(
    { disks: [diskSpec('root', changes)], networks: [], shares: [], console: UART },
    undefined,
    [slot],
    [{ sizeBytes: 2048 * MIB }],
  )
  return disk === undefined ? '' : deviceLine(summarizeDevice(disk), { name: 'web', sources })
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
  const [rng] = virtioDevices(
    { disks: [], networks: [], shares: [], console: UART },
    {},
    [{ base: 0xd0000000, gsi: 5 }],
    [],
  )
  assert.is(
    rng && deviceLine(summarizeDevice(rng), { name: 'web', sources: {} }),
    'rng (virtio-rng) at 0xd0000000, GSI 5',
  )
  const ports = [{ base: '0x60', size: 1 }, { base: '0x3f8', size: 8 }] // prettier-ignore
  assert.is(
    deviceLine(summarizeDevice({ id: 'x', type: 'i8042', ports }), { name: 'web', sources: {} }),
    'x (i8042) at 0x60, 0x3f8-0x3ff',
  )
})

test('a network: its address, what it is attached to, and its limits', () => {
  const card = { name: 'lan', mac: '02:00:00:00:00:01', mtu: 1500, queues: 1, preventSpoofing: true }
  const line = (changes: Partial<NetworkSpec>, source?: string) => {
    const slot = { base: 0xd0000000, gsi: 5 }
    const [net] = virtioDevices(
      { disks: [], networks: [{ ...card, ...changes }], shares: [], console: UART },
      undefined,
      [slot],
      [],
    )
    return (
      net &&
      deviceLine(summarizeDevice(net), { name: 'web', sources: source === undefined ? {} : { 'net-lan': source } })
    )
  }
  const where = 'net-lan (virtio-net) at 0xd0000000, GSI 5: 02:00:00:00:00:01 on'
  assert.is(line({ user: { ports: [] } }, 'user:'), `${where} passt, MTU 1500`)
  assert.is(line({}, 'user:80:80,53:53/udp'), `${where} passt, ports 80:80 53:53/udp, MTU 1500`)
  assert.is(line({ tap: 'tap0' }), `${where} a tap, MTU 1500`)
  assert.is(line({ bridge: 'br0' }, 'bridge:br0'), `${where} the bridge br0, MTU 1500`)
  assert.is(line({ network: 'lan' }, 'network:lan'), `${where} the private network lan (10.231.242.135), MTU 1500`)
  const rateLimit = { transmit: { perSecond: MIB, burst: 1 } }
  assert.is(
    line({ tap: 'tap0', queues: 2, preventSpoofing: false, rateLimit }, 'tap:tap0'),
    `${where} tap tap0, MTU 1500, 2 queues, any source address, transmits at most 1MiB a second`,
  )
  assert.is(
    line({ tap: 'tap0', vhost: true, preventSpoofing: false }, 'tap:tap0'),
    `${where} tap tap0, MTU 1500, by vhost-net, any source address`,
  )
})

test('a vsock: its CID, and where programs of the host find it', () => {
  const slot = { base: 0xd0000000, gsi: 5 }
  const [vsock] = virtioDevices(
    { disks: [], networks: [], shares: [], vsock: { cid: 7 }, console: UART },
    undefined,
    [slot],
    [],
  )
  const line = (sources: Record<string, string>) =>
    vsock && deviceLine(summarizeDevice(vsock), { name: 'web', sources })
  const where = 'vsock (virtio-vsock) at 0xd0000000, GSI 5: CID 7, socket'
  assert.is(line({ 'vsock-listener': '/srv/vsock.sock' }), `${where} /srv/vsock.sock`)
  assert.is(line({}), `${where} vsock-listener`)
})

test('a balloon and what the guest keeps', () => {
  const balloon = { targetBytes: 64 * 1024 ** 2, freePageReporting: true, deflateOnOom: false, statsIntervalMs: 1000 }
  const [device] = virtioDevices(
    { disks: [], networks: [], shares: [], balloon, console: UART },
    undefined,
    [{ base: 0xd0000000, gsi: 5 }],
    [],
  )
  const line = device && deviceLine(summarizeDevice(device), { name: 'web', sources: {} })
  assert.is(line, 'balloon (virtio-balloon) at 0xd0000000, GSI 5: the guest keeps 64MiB, reports free pages')
})

test('a share: its directory, and what the guest may do and keep', () => {
  const share = { tag: 'src', directory: './src', readOnly: true, cache: 'none' as const }
  const slot = { base: 0xd0000000, gsi: 5 }
  const [device] = virtioDevices({ disks: [], networks: [], shares: [share], console: UART }, undefined, [slot], [])
  const line = (sources: Record<string, string>) =>
    device && deviceLine(summarizeDevice(device), { name: 'web', sources })
  const where = 'share-src (virtio-fs) at 0xd0000000, GSI 5:'
  assert.is(line({ 'share-src': '/srv/src' }), `${where} /srv/src, read-only, cache none`)
  assert.is(line({}), `${where} share-src, read-only, cache none`)
})

test('a virtio console', () => {
  const console = { device: 'virtio', maxSizeBytes: 1 << 24 } as const
  const [device] = virtioDevices(
    { disks: [], networks: [], shares: [], console },
    undefined,
    [{ base: 0xd0000000, gsi: 5 }],
    [],
  )
  assert.is(
    device && deviceLine(summarizeDevice(device), { name: 'web', sources: {} }),
    'console (virtio-console) at 0xd0000000, GSI 5',
  )
})

test.run()
