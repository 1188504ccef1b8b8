// The virtio devices of compiled plans: every field, what they require, and how the guest hears of them.
import { Ajv } from 'ajv'
import * as assert from 'uvu/assert'
import type { VmSpec } from '../../../src/manifest/spec.ts'
import { backendNames } from '../../../src/plan/backends.ts'
import { bootPlanSchema } from '../../../src/plan/boot-plan-schema.gen.ts'
import { checkPlan } from '../../../src/plan/check-plan.ts'
import { compile, type CompileResult } from '../../../src/plan/compile.ts'
import { planDigest } from '../../../src/plan/digest.ts'
import { suite } from '../../suite.ts'
import { hostFacts } from '../support/host-facts.ts'
import { bzImage, diskSpec, machineSpec, MIB } from '../support/images.ts'

const test = suite('virtio devices of a plan')
const ACPI = { mptable: 'auto', acpi: 'auto' } as const

function compiled(changes: Partial<VmSpec>, sizeBytes = 64 * MIB): CompileResult {
  const spec = machineSpec(2, changes)
  return compile({
    spec,
    kernel: bzImage(),
    disks: spec.disks.map(() => ({ sizeBytes })),
    host: hostFacts('amd-epyc-milan'),
  })
}

function planOf(changes: Partial<VmSpec>, sizeBytes?: number) {
  const result = compiled(changes, sizeBytes)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.plan
}

const virtioOf = (changes: Partial<VmSpec>) => planOf(changes).devices.filter(({ type }) => type.startsWith('virtio'))

/** The text at the plan's command line. */
function commandLine(changes: Partial<VmSpec>): string {
  const item = planOf(changes).load.find(({ label }) => label === 'cmdline')
  return item && 'data' in item.from ? Buffer.from(item.from.data, 'base64').toString() : ''
}

test('a disk with defaults', () => {
  assert.equal(virtioOf({ disks: [diskSpec('root')], firmware: ACPI }), [
    {
      id: 'disk-root',
      type: 'virtio-block',
      mmio: { base: '0xd0000000', size: 4096 },
      gsi: 5,
      queueSize: 256,
      backend: 'disk-root',
      capacity: 131072,
      readOnly: false,
      serial: 'root',
      cache: 'writeback',
      queues: 1,
      discard: true,
    },
  ])
})

test('a disk with an overlay and limits, and an entropy device with its own behind it', () => {
  const rate = { perSecond: 1000, burst: 5000 }
  const limited = diskSpec('data', {
    ...{ overlay: './o', cache: 'unsafe', serial: 'S', queues: 4, discard: false },
    rateLimit: { ops: rate },
  })
  const [disk, rng] = virtioOf({ disks: [limited], rng: { rateLimit: { bandwidth: rate } } })
  assert.equal(disk, {
    ...{ id: 'disk-data', type: 'virtio-block', mmio: { base: '0xd0000000', size: 4096 }, gsi: 5, queueSize: 256 },
    ...{ backend: 'disk-data', capacity: 131072, readOnly: false, serial: 'S', cache: 'unsafe', queues: 4 },
    ...{ discard: false, overlay: 'overlay-data', rateLimit: { ops: rate } },
  })
  assert.equal(rng, {
    ...{ id: 'rng', type: 'virtio-rng', mmio: { base: '0xd0001000', size: 4096 }, gsi: 6, queueSize: 256 },
    rateLimit: { bandwidth: rate },
  })
})

test('shares lie behind all others, and the memory is one that their daemons can map', () => {
  const balloon = { targetBytes: 128 * MIB, freePageReporting: true, deflateOnOom: true, statsIntervalMs: 1000 }
  const share = { directory: './src', readOnly: false, cache: 'auto' as const }
  const shares = [
    { tag: 'src', ...share },
    { tag: 'www', ...share, readOnly: true, cache: 'none' as const },
  ]
  assert.equal(virtioOf({ balloon, shares }).slice(1), [
    {
      ...{ id: 'share-src', type: 'virtio-fs', mmio: { base: '0xd0001000', size: 4096 }, gsi: 6, queueSize: 256 },
      ...{ tag: 'src', backend: 'share-src', readOnly: false, cache: 'auto' },
    },
    {
      ...{ id: 'share-www', type: 'virtio-fs', mmio: { base: '0xd0002000', size: 4096 }, gsi: 7, queueSize: 256 },
      ...{ tag: 'www', backend: 'share-www', readOnly: true, cache: 'none' },
    },
  ])
  assert.is(planOf({ shares }).sharedMemory, true)
  assert.equal(checkPlan(planOf({ shares })), [])
  assert.not('sharedMemory' in planOf({ balloon }))
})

test('networks lie behind the entropy device: a tap with its queues, and a stream', () => {
  const card = { mac: '02:00:00:00:00:01', mtu: 1500, queues: 1, preventSpoofing: true }
  const rate = { perSecond: 1000, burst: 5000 }
  const networks = [
    { ...card, name: 'lan', tap: 'tap0', queues: 2, rateLimit: { receive: rate } },
    { ...card, name: 'net1', user: { ports: ['8080:80'] }, mtu: 9000, preventSpoofing: false },
  ]
  const [rng, lan, user] = virtioOf({ networks, rng: {}, firmware: ACPI })
  assert.is(rng?.type, 'virtio-rng')
  assert.equal(lan, {
    ...{ id: 'net-lan', type: 'virtio-net', mmio: { base: '0xd0001000', size: 4096 }, gsi: 6, queueSize: 256 },
    ...{ transport: 'tap', backends: ['net-lan', 'queue1-lan'], mac: card.mac, mtu: 1500, offloads: true },
    ...{ preventSpoofing: true, rateLimit: { receive: rate } },
  })
  assert.equal(user, {
    ...{ id: 'net-net1', type: 'virtio-net', mmio: { base: '0xd0002000', size: 4096 }, gsi: 7, queueSize: 256 },
    ...{ transport: 'stream', backends: ['net-net1'], mac: card.mac, mtu: 9000, offloads: false },
    preventSpoofing: false,
  })
  const plan = planOf({ networks, firmware: ACPI })
  assert.equal(checkPlan(plan), [])
  const isPlan = new Ajv({ strictTypes: false, discriminator: true }).compile(bootPlanSchema)
  assert.ok(isPlan(plan), JSON.stringify(isPlan.errors))
})

test('with vhost each pair of a tap has one more descriptor, which no saved plan has a source of', () => {
  const card = { name: 'lan', mac: '02:00:00:00:00:01', mtu: 1500, queues: 2, preventSpoofing: false, tap: 'tap0' }
  const plan = planOf({ networks: [{ ...card, vhost: true }], firmware: ACPI })
  const net = plan.devices.find(({ id }) => id === 'net-lan')
  assert.equal(net && 'vhost' in net && net.vhost, ['vhost0-lan', 'vhost1-lan'])
  assert.equal(checkPlan(plan), [])
  const isPlan = new Ajv({ strictTypes: false, discriminator: true }).compile(bootPlanSchema)
  assert.ok(isPlan(plan), JSON.stringify(isPlan.errors))
  assert.equal(backendNames(plan), ['net-lan', 'queue1-lan'])
  const without = planOf({ networks: [card], firmware: ACPI })
  assert.not(JSON.stringify(without).includes('vhost'))
  assert.is.not(planDigest(plan), planDigest(without))
})

test('the vsock lies behind the networks, and where its socket is stays out of the plan', () => {
  const card = { mac: '02:00:00:00:00:01', mtu: 1500, queues: 1, preventSpoofing: true }
  const machine = { networks: [{ ...card, name: 'lan', tap: 'tap0' }], rng: {}, firmware: ACPI }
  const devices = virtioOf({ ...machine, vsock: { cid: 7, path: './a' } })
  assert.equal(
    devices.map(({ type }) => type),
    ['virtio-rng', 'virtio-net', 'virtio-vsock'],
  )
  assert.equal(devices[2], {
    ...{ id: 'vsock', type: 'virtio-vsock', mmio: { base: '0xd0002000', size: 4096 }, gsi: 7, queueSize: 256 },
    ...{ cid: 7, listener: 'vsock-listener', connector: 'vsock-connector' },
  })
  assert.equal(devices.slice(0, 2), virtioOf(machine))
  const plan = planOf({ ...machine, vsock: { cid: 7 } })
  assert.equal(checkPlan(plan), [])
  const isPlan = new Ajv({ strictTypes: false, discriminator: true }).compile(bootPlanSchema)
  assert.ok(isPlan(plan), JSON.stringify(isPlan.errors))
  const digest = (vsock: VmSpec['vsock']) => planDigest(planOf({ ...machine, ...(vsock && { vsock }) }))
  assert.is(digest({ cid: 7 }), digest({ cid: 7, path: './a' }))
  assert.is.not(digest({ cid: 7 }), digest({ cid: 8 }))
  assert.is(commandLine({ vsock: { cid: 7 } }), 'virtio_mmio.device=4K@0xd0000000:5 console=ttyS0 reboot=k panic=-1')
})

test('a balloon lies behind all older kinds, and nothing else changes with it', () => {
  const balloon = { targetBytes: 64 * MIB, freePageReporting: true, deflateOnOom: false, statsIntervalMs: 1000 }
  const network = { name: 'lan', tap: 't', mac: '02:00:00:00:00:01', mtu: 1500, queues: 1, preventSpoofing: true }
  const older: Partial<VmSpec> = { disks: [diskSpec('root')], rng: {}, networks: [network], firmware: ACPI }
  const devices = virtioOf({ ...older, balloon })
  assert.equal(devices.slice(0, -1), virtioOf(older))
  assert.equal(devices.at(-1), {
    ...{ id: 'balloon', type: 'virtio-balloon', mmio: { base: '0xd0003000', size: 4096 }, gsi: 10, queueSize: 256 },
    ...{ target: 64 * MIB, freePageReporting: true, deflateOnOom: false, statsIntervalMs: 1000 },
  })
  const plan = planOf({ ...older, balloon })
  assert.equal(checkPlan(plan), [])
  const isPlan = new Ajv({ strictTypes: false, discriminator: true }).compile(bootPlanSchema)
  assert.ok(isPlan(plan), JSON.stringify(isPlan.errors))
})

test('a virtio console lies behind all older kinds, beside the UART, and nothing else changes with it', () => {
  const balloon = { targetBytes: 64 * MIB, freePageReporting: true, deflateOnOom: false, statsIntervalMs: 1000 }
  const older: Partial<VmSpec> = { disks: [diskSpec('root')], rng: {}, balloon, firmware: ACPI }
  const console = { device: 'virtio', maxSizeBytes: 1 << 24 } as const
  const devices = virtioOf({ ...older, console })
  assert.equal(devices.slice(0, -1), virtioOf(older))
  const mmio = { base: '0xd0003000', size: 4096 }
  assert.equal(devices.at(-1), { id: 'console', type: 'virtio-console', mmio, gsi: 10, queueSize: 256 })
  const plan = planOf({ ...older, console })
  const uart = ({ type }: { type: string }) => type === 'uart16550'
  assert.equal(plan.devices.filter(uart), planOf(older).devices.filter(uart))
  assert.is(plan.devices.filter(uart).length, 1)
  assert.equal(checkPlan(plan), [])
  const isPlan = new Ajv({ strictTypes: false, discriminator: true }).compile(bootPlanSchema)
  assert.ok(isPlan(plan), JSON.stringify(isPlan.errors))
})

test('names of disks meet those of no other device or file', () => {
  const names = ['kernel', 'initrd', 'rng', 'com1', 'root', 'root-overlay', 'overlay-root']
  const plan = planOf({ disks: names.map((name) => diskSpec(name, { overlay: true })), rng: {}, firmware: ACPI })
  assert.equal(checkPlan(plan), [])
  const isPlan = new Ajv({ strictTypes: false, discriminator: true }).compile(bootPlanSchema)
  assert.ok(isPlan(plan), JSON.stringify(isPlan.errors))
})

test('the paths of images are not in the plan, their sizes are', () => {
  const digest = (changes: Partial<VmSpec['disks'][number]>, size?: number) =>
    planDigest(planOf({ disks: [diskSpec('root', changes)] }, size))
  assert.is(digest({ path: '/a' }), digest({ path: '/b' }))
  assert.is(digest({ overlay: true }), digest({ overlay: './o' }))
  assert.is.not(digest({}), digest({ overlay: true }))
  assert.is.not(digest({}), digest({}, 65 * MIB))
  assert.is.not(digest({}), digest({ cache: 'unsafe' }))
})

test('virtio devices require ioeventfd and irqfd, other machines do not', () => {
  const required = (changes: Partial<VmSpec>) =>
    planOf(changes).requires.capabilities.filter((name) => /IOEVENTFD|IRQFD/.test(name))
  assert.equal(required({ rng: {} }), ['KVM_CAP_IOEVENTFD', 'KVM_CAP_IRQFD'])
  assert.equal(required({}), [])
})

test('with ACPI the DSDT announces them and the command line is the manifest as it is', () => {
  const dsdt = (changes: Partial<VmSpec>): string => {
    const item = planOf({ ...changes, firmware: ACPI }).load.find(({ label }) => label === 'acpi.dsdt')
    return item && 'data' in item.from ? Buffer.from(item.from.data, 'base64').toString('latin1') : ''
  }
  const two = { disks: [diskSpec('root')], rng: {} }
  assert.is(dsdt(two).split('LNRO0005').length - 1, 2)
  assert.not.ok(dsdt({}).includes('LNRO0005'))
  assert.is(commandLine({ ...two, firmware: ACPI }), 'console=ttyS0 reboot=k panic=-1')
})

test('without ACPI the command line says where they are, in front of what is init’s', () => {
  const kernel = { ...machineSpec(1).kernel, cmdline: 'quiet -- -s' }
  const words = 'virtio_mmio.device=4K@0xd0000000:5 virtio_mmio.device=4K@0xd0001000:6'
  assert.is(commandLine({ kernel, disks: [diskSpec('root')], rng: {} }), `${words} quiet -- -s`)
  assert.is(commandLine({ kernel: { ...kernel, cmdline: '' }, rng: {} }), 'virtio_mmio.device=4K@0xd0000000:5')
  assert.is(commandLine({ kernel }), 'quiet -- -s')
})

test('V205 counts the words for virtio devices', () => {
  const kernel = { ...machineSpec(1).kernel, cmdline: 'x'.repeat(2047) }
  assert.ok(compiled({ kernel }).ok)
  const result = compiled({ kernel, rng: {} })
  assert.equal(result.ok ? [] : result.problems.map(({ code }) => code), ['V205'])
})

test.run()
