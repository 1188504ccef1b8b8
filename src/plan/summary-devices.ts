// The devices of a plan for people: a line each.
import { addressOn } from '../manifest/segment-address.ts'
import { formatBytes, hex } from './address.ts'
import type {
  PlanDevice,
  TokenBucket,
  VirtioBalloon,
  VirtioBlock,
  VirtioFs,
  VirtioNet,
  VirtioVsock,
} from './boot-plan.gen.ts'
import { SECTOR_BYTES } from './virtio/devices.ts'

/** `ports` of a port device, `mmio` of a virtio device: where it answers. */
export interface DeviceSummary {
  id: string
  type: string
  ports?: string[]
  mmio?: string
  gsi?: number
  /** Of a disk. */
  disk?: Pick<VirtioBlock, 'backend' | 'overlay' | 'readOnly' | 'cache' | 'queues' | 'rateLimit'> & { bytes: number }
  /** Of a network. */
  network?: Pick<VirtioNet, 'backends' | 'transport' | 'mac' | 'mtu' | 'preventSpoofing' | 'vhost' | 'rateLimit'>
  /** Of a vsock. */
  vsock?: Pick<VirtioVsock, 'cid' | 'listener'>
  /** Of a balloon; bytes that the guest keeps. */
  balloon?: Pick<VirtioBalloon, 'target' | 'freePageReporting' | 'deflateOnOom' | 'statsIntervalMs'>
  /** Of a share. */
  share?: Pick<VirtioFs, 'tag' | 'backend' | 'readOnly' | 'cache'>
}

export function summarizeDevice(device: PlanDevice): DeviceSummary {
  const { id, type, gsi } = device
  const common = { id, type, ...(gsi !== undefined && { gsi }) }
  if ('ports' in device) {
    const ports = device.ports.map(({ base, size }) => (size === 1 ? base : `${base}-${hex(Number(base) + size - 1)}`))
    return { ...common, ports }
  }
  const mmio = device.mmio.base
  if (device.type === 'virtio-net') {
    const { backends, transport, mac, mtu, preventSpoofing, vhost, rateLimit: limits } = device
    const optional = { ...(vhost && { vhost }), ...(limits && { rateLimit: limits }) }
    const network = { backends, transport, mac, mtu, preventSpoofing, ...optional }
    return { ...common, mmio, network }
  }
  if (device.type === 'virtio-vsock') {
    const { cid, listener } = device
    return { ...common, mmio, vsock: { cid, listener } }
  }
  if (device.type === 'virtio-balloon') {
    const { target, freePageReporting, deflateOnOom, statsIntervalMs } = device
    return { ...common, mmio, balloon: { target, freePageReporting, deflateOnOom, statsIntervalMs } }
  }
  if (device.type === 'virtio-fs') {
    const { tag, backend, readOnly, cache } = device
    return { ...common, mmio, share: { tag, backend, readOnly, cache } }
  }
  if (device.type !== 'virtio-block') return { ...common, mmio }
  const { backend, overlay, readOnly, cache, queues, rateLimit, capacity } = device
  const optional = { ...(overlay !== undefined && { overlay }), ...(rateLimit && { rateLimit }) }
  return { ...common, mmio, disk: { bytes: capacity * SECTOR_BYTES, backend, readOnly, cache, queues, ...optional } }
}

/** The name of the machine and, by the names of its backends, what they are. */
export interface DescribedMachine {
  name: string
  sources: Readonly<Record<string, string>>
}

/** `disk-root (virtio-block) at 0xd0000000, GSI 5: 2GiB of /srv/root.img, writeback`. */
export function deviceLine(device: DeviceSummary, machine: DescribedMachine): string {
  const { id, type, ports, mmio, gsi } = device
  const where = ports?.join(', ') ?? mmio ?? ''
  const line = `${id} (${type}) at ${where}${gsi === undefined ? '' : `, GSI ${gsi}`}`
  const behind = describeDevice(device, machine)
  return behind === undefined ? line : `${line}: ${behind}`
}

/** What is behind it: `2GiB of /srv/root.img, writeback`. Undefined for a device that says all by its type. */
export function describeDevice(device: DeviceSummary, machine: DescribedMachine): string | undefined {
  const { disk, network, vsock, balloon, share } = device
  const { sources } = machine
  if (disk !== undefined) return describeDisk(disk, sources)
  if (vsock !== undefined) return `CID ${vsock.cid}, socket ${sources[vsock.listener] ?? vsock.listener}`
  if (network !== undefined) return describeNetwork(network, machine)
  if (share !== undefined) return describeShare(share, sources)
  return balloon === undefined ? undefined : describeBalloon(balloon)
}

function describeDisk(
  { bytes, backend, overlay, readOnly, cache, queues, rateLimit = {} }: NonNullable<DeviceSummary['disk']>,
  sources: Readonly<Record<string, string>>,
): string {
  const limits = [
    describeLimit(rateLimit.bandwidth, formatBytes),
    describeLimit(rateLimit.ops, (count) => `${count} operations`),
  ]
  const parts = [
    `${formatBytes(bytes)} of ${sources[backend] ?? backend}`,
    ...(overlay === undefined ? [] : [`writes to ${sources[overlay] ?? overlay}`]),
    readOnly ? 'read-only' : cache,
    ...(queues > 1 ? [`${queues} queues`] : []),
    ...limits.filter((limit) => limit !== undefined),
  ]
  return parts.join(', ')
}

function describeNetwork(
  { backends, transport, mac, mtu, preventSpoofing, vhost, rateLimit = {} }: NonNullable<DeviceSummary['network']>,
  { name, sources }: DescribedMachine,
): string {
  const receive = describeLimit(rateLimit.receive, formatBytes)
  const transmit = describeLimit(rateLimit.transmit, formatBytes)
  const parts = [
    `${mac} on ${describeAttachment(name, sources[backends[0] ?? ''], transport)}`,
    `MTU ${mtu}`,
    ...(backends.length > 1 ? [`${backends.length} queues`] : []),
    ...(vhost === undefined ? [] : ['by vhost-net']),
    ...(preventSpoofing ? [] : ['any source address']),
    ...(receive === undefined ? [] : [`receives ${receive}`]),
    ...(transmit === undefined ? [] : [`transmits ${transmit}`]),
  ]
  return parts.join(', ')
}

function describeBalloon({ target, freePageReporting, deflateOnOom }: NonNullable<DeviceSummary['balloon']>): string {
  const parts = [
    `the guest keeps ${formatBytes(target)}`,
    ...(freePageReporting ? ['reports free pages'] : []),
    ...(deflateOnOom ? ['deflates before it runs out of memory'] : []),
  ]
  return parts.join(', ')
}

function describeShare(
  { backend, readOnly, cache }: NonNullable<DeviceSummary['share']>,
  sources: Readonly<Record<string, string>>,
): string {
  return [sources[backend] ?? backend, ...(readOnly ? ['read-only'] : []), `cache ${cache}`].join(', ')
}

/** `user:8080:80` as `passt, ports 8080:80`, `tap:tap0` as `tap tap0`, `network:lan` as `the private network lan (10.…)`. */
function describeAttachment(vm: string, source: string | undefined, transport: VirtioNet['transport']): string {
  if (source?.startsWith('tap:')) return `tap ${source.slice('tap:'.length)}`
  if (source?.startsWith('bridge:')) return `the bridge ${source.slice('bridge:'.length)}`
  if (source?.startsWith('network:')) {
    const network = source.slice('network:'.length)
    return `the private network ${network} (${addressOn(network, vm)})`
  }
  if (!source?.startsWith('user:')) return `a ${transport}`
  const ports = source.slice('user:'.length).replaceAll(',', ' ')
  return ports === '' ? 'passt' : `passt, ports ${ports}`
}

function describeLimit(bucket: TokenBucket | undefined, format: (amount: number) => string): string | undefined {
  return bucket && `at most ${format(bucket.perSecond)} a second`
}
