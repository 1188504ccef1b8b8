// Virtio devices of plans that were edited by hand: each fault and where it stands.
import * as assert from 'uvu/assert'
import type {
  BootPlan,
  VirtioBalloon,
  VirtioBlock,
  VirtioConsole,
  VirtioFs,
  VirtioVsock,
} from '../../src/plan/boot-plan.gen.ts'
import { compile } from '../../src/plan/compile.ts'
import { planDigest } from '../../src/plan/digest.ts'
import { formatPlanFile, parsePlanFile } from '../../src/plan/plan-file.ts'
import type { VoltError } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'
import { hostFacts } from './support/host-facts.ts'
import { diskSpec, elfImage, machineSpec, MIB } from './support/images.ts'

const test = suite('virtio devices of an edited plan')

const spec = machineSpec(1, {
  disks: [diskSpec('root', { overlay: true }), diskSpec('data')],
  rng: {},
  balloon: { targetBytes: MIB, freePageReporting: true, deflateOnOom: true, statsIntervalMs: 1000 },
  shares: [{ tag: 'src', directory: './src', readOnly: true, cache: 'auto' }],
})
const SOURCES = {
  kernel: '/k',
  'disk-root': '/r',
  'overlay-root': 'state:overlay-root',
  'disk-data': '/d',
  'share-src': '/s',
}

function planText(edit: (plan: BootPlan) => unknown, sources: Record<string, string> = SOURCES): string {
  const disks = spec.disks.map(() => ({ sizeBytes: MIB }))
  const result = compile({ spec, kernel: elfImage(), disks, host: hostFacts('amd-epyc-pvm') })
  if (!result.ok) throw new Error('the plan does not compile')
  edit(result.plan)
  return formatPlanFile({ formatVersion: 1, digest: planDigest(result.plan), sources, plan: result.plan })
}

function refusal(text: string): string {
  try {
    parsePlanFile(text)
    return 'accepted'
  } catch (error) {
    assert.is((error as VoltError).code, 'PLAN_INVALID')
    return (error as VoltError).message
  }
}

/** Devices 0 and 1 are com1 and i8042. */
const root = (plan: BootPlan) => plan.devices[2] as VirtioBlock
const data = (plan: BootPlan) => plan.devices[3] as VirtioBlock

const balloon = (plan: BootPlan) => plan.devices[5] as VirtioBalloon
const share = (plan: BootPlan) => plan.devices[6] as VirtioFs

test('as compiled it is read back', () => {
  assert.is(refusal(planText(() => undefined)), 'accepted')
})

for (const [what, expected, edit] of [
  ['a window in RAM', '/plan/devices/2/mmio overlaps memory region 0', (plan) => (root(plan).mmio.base = '0x100000')],
  [
    'a window off a page',
    '/plan/devices/2/mmio is not a page between',
    (plan) => (root(plan).mmio.base = '0xd0000800'),
  ],
  ['a share without shared memory', '/plan/devices/6 needs sharedMemory', (plan) => delete plan.sharedMemory],
  [
    'a share whose backend is a disk',
    '/plan/devices/6/backend repeats disk-root',
    (plan) => (share(plan).backend = 'disk-root'),
  ],
  ['a tag beyond its room', '/plan/devices/6/tag', (plan) => (share(plan).tag = 'x'.repeat(37))],
  [
    'a second virtio console',
    '/plan/devices/8 is one virtio console too many',
    ({ devices }) => {
      const mmio = (base: string) => ({ mmio: { base, size: 4096 as const } })
      const one: VirtioConsole = {
        id: 'console',
        type: 'virtio-console',
        ...mmio('0xd1000000'),
        gsi: 20,
        queueSize: 64,
      }
      devices.push(one, { ...one, id: 'other', ...mmio('0xd1001000'), gsi: 21 })
    },
  ],
  ['a target off a page', '/plan/devices/5/target is not made of', (plan) => (balloon(plan).target += 1)],
  ['a target beyond memory', '/plan/devices/5/target is more than', (plan) => (balloon(plan).target = 2 ** 40)],
  ['a window above 4 GiB', '/plan/devices/2/mmio is not a page', (plan) => (root(plan).mmio.base = '0x100000000')],
  ['a window at the end of all', '/plan/devices/2/mmio', (plan) => (root(plan).mmio.base = '0xfffffffffffff000')],
  ['windows on each other', 'overlaps window of disk-root', (plan) => (data(plan).mmio.base = '0xd0000000')],
  ['a window on the IOAPIC', 'overlaps the IOAPIC', (plan) => (root(plan).mmio.base = '0xfec00000')],
  ['a window on the LAPIC', 'overlaps the LAPIC', (plan) => (root(plan).mmio.base = '0xfee00000')],
  ["a window on KVM's TSS", "overlaps KVM's TSS", (plan) => (root(plan).mmio.base = '0xfffbe000')],
  ['a window of another size', '/mmio/size', (plan) => Object.assign(root(plan).mmio, { size: 8192 })],
  ['an interrupt twice', '/plan/devices/3/gsi repeats 5', (plan) => (data(plan).gsi = 5)],
  ["the timer's interrupt", '/plan/devices/2/gsi belongs to the timer', (plan) => (root(plan).gsi = 0)],
  ['a window below the hole', '/plan/devices/2/mmio is not a page', (plan) => (root(plan).mmio.base = '0xbffff000')],
  ["COM1's interrupt", '/plan/devices/2/gsi repeats 4', (plan) => (root(plan).gsi = 4)],
  ['a backend twice', '/plan/devices/3/backend repeats disk-root', (plan) => (data(plan).backend = 'disk-root')],
  ['a backend that is a file', '/plan/devices/3/backend repeats kernel', (plan) => (data(plan).backend = 'kernel')],
  ['an overlay that is its image', '/plan/devices/2/overlay repeats', (plan) => (root(plan).overlay = 'disk-root')],
  ['an overlay that is not written', '/plan/devices/2/overlay has nothing', (plan) => (root(plan).readOnly = true)],
  ['a queue size between powers', '/queueSize', (plan) => Object.assign(root(plan), { queueSize: 100 })],
  ['no capacity', '/plan/devices/2/capacity must be >= 1', (plan) => (root(plan).capacity = 0)],
  ['more sectors than bytes count', '/capacity must be <=', (plan) => (root(plan).capacity = 2 ** 45)],
  ['a long serial number', '/serial must NOT have more than 20', (plan) => (root(plan).serial = 'x'.repeat(21))],
  ['an empty bucket', '/rateLimit/ops/burst', (plan) => (root(plan).rateLimit = { ops: { perSecond: 1, burst: 0 } })],
  ['ports of a disk', '/plan/devices/2 must NOT have additional', (plan) => Object.assign(root(plan), { ports: [] })],
  ['a type that is not known', '/plan/devices/2', (plan) => Object.assign(root(plan), { type: 'virtio-gpu' })],
  ['a device without a type', '/plan/devices/2', (plan) => Object.assign(root(plan), { type: undefined })],
  ['a disk without an interrupt', "'gsi'", (plan) => Object.assign(root(plan), { gsi: undefined })],
  [
    'very many devices',
    '/plan/devices must NOT have more than 64',
    (plan) => (plan.devices = Array.from({ length: 10_000 }, () => root(plan))),
  ],
] as [string, string, (plan: BootPlan) => unknown][]) {
  test(`refuses ${what} and says where`, () => {
    const message = refusal(planText(edit))
    assert.ok(message.includes(expected), message)
  })
}

test('every backend has a source, and no other has', () => {
  const without = { kernel: '/k', 'disk-root': '/r', 'disk-data': '/d' }
  assert.match(refusal(planText(() => undefined, without)), '/sources does not say where overlay-root is')
  assert.match(refusal(planText(() => undefined, { ...SOURCES, tap: '/t' })), '/sources/tap is not a file or backend')
})

const vsockSpec = machineSpec(1, { vsock: { cid: 7 } })

function vsockText(edit: (device: VirtioVsock) => unknown, sources: Record<string, string>): string {
  const result = compile({ spec: vsockSpec, kernel: elfImage(), host: hostFacts('amd-epyc-pvm') })
  if (!result.ok) throw new Error('the plan does not compile')
  edit(result.plan.devices[2] as VirtioVsock)
  return formatPlanFile({ formatVersion: 1, digest: planDigest(result.plan), sources, plan: result.plan })
}

test('the socket of a vsock has a source, its broker none', () => {
  const sources = { kernel: '/k', 'vsock-listener': 'state:vsock.sock' }
  const same = () => undefined
  assert.is(refusal(vsockText(same, sources)), 'accepted')
  assert.match(refusal(vsockText(same, { kernel: '/k' })), '/sources does not say where vsock-listener is')
  assert.match(
    refusal(vsockText(same, { ...sources, 'vsock-connector': '/c' })),
    '/sources/vsock-connector is not a file',
  )
})

test('a vsock has two descriptors of its own and an address of a guest', () => {
  const sources = { kernel: '/k', 'vsock-listener': '/s' }
  const edited = (edit: (device: VirtioVsock) => unknown) => refusal(vsockText(edit, sources))
  assert.match(
    edited((vsock) => (vsock.connector = 'vsock-listener')),
    '/devices/2/connector repeats vsock-listener',
  )
  assert.match(
    edited((vsock) => (vsock.listener = 'kernel')),
    '/devices/2/listener repeats kernel',
  )
  assert.match(
    edited((vsock) => (vsock.cid = 2)),
    '/devices/2/cid must be >= 3',
  )
  assert.match(
    edited((vsock) => (vsock.cid = 0xffff_ffff)),
    '/devices/2/cid must be <= 4294967294',
  )
})

test.run()
