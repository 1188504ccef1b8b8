// The devices of a plan for people: a line each.
import { formatBytes, hex } from './address.ts'
import type { PlanDevice, TokenBucket, VirtioBlock } from './boot-plan.gen.ts'
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
}

export function summarizeDevice(device: PlanDevice): DeviceSummary {
  const { id, type, gsi } = device
  const common = { id, type, ...(gsi !== undefined && { gsi }) }
  if ('ports' in device) {
    const ports = device.ports.map(({ base, size }) => (size === 1 ? base : `${base}-${hex(Number(base) + size - 1)}`))
    return { ...common, ports }
  }
  const mmio = device.mmio.base
  if (device.type !== 'virtio-block') return { ...common, mmio }
  const { backend, overlay, readOnly, cache, queues, rateLimit, capacity } = device
  const optional = { ...(overlay !== undefined && { overlay }), ...(rateLimit && { rateLimit }) }
  return { ...common, mmio, disk: { bytes: capacity * SECTOR_BYTES, backend, readOnly, cache, queues, ...optional } }
}

/**
 * `disk-root (virtio-block) at 0xd0000000, GSI 5: 2GiB of /srv/root.img, writeback`. `sources` are the paths of backends
 * by name.
 */
export function deviceLine(
  { id, type, ports, mmio, gsi, disk }: DeviceSummary,
  sources: Readonly<Record<string, string>>,
): string {
  const where = ports?.join(', ') ?? mmio ?? ''
  const line = `${id} (${type}) at ${where}${gsi === undefined ? '' : `, GSI ${gsi}`}`
  return disk === undefined ? line : `${line}: ${describeDisk(disk, sources)}`
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

function describeLimit(bucket: TokenBucket | undefined, format: (amount: number) => string): string | undefined {
  return bucket && `at most ${format(bucket.perSecond)} a second`
}
