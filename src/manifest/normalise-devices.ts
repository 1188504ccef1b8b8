// The virtio devices of a manifest with their defaults.
import type { Disk, Manifest } from './manifest.gen.ts'
import { parseBandwidth, parseOperations } from './rate.ts'
import { defaultOf } from './schema.ts'
import type { DiskSpec, VmSpec } from './spec.ts'

/** `manifest` must have passed the schema and checkSemantics. */
export function devicesOf(manifest: Manifest): Pick<VmSpec, 'disks' | 'rng'> {
  const rng = rngOf(manifest)
  return { disks: (manifest.disks ?? []).map(diskOf), ...(rng && { rng }) }
}

function diskOf(disk: Disk): DiskSpec {
  const { bandwidth, ops } = disk.rateLimit ?? {}
  const readOnly = disk.readOnly ?? (defaultOf('disks', 'readOnly') as boolean)
  const limited = bandwidth !== undefined || ops !== undefined
  return {
    name: disk.name,
    path: disk.path,
    readOnly,
    overlay: disk.overlay ?? (defaultOf('disks', 'overlay') as boolean),
    cache: disk.cache ?? (defaultOf('disks', 'cache') as DiskSpec['cache']),
    serial: disk.serial ?? disk.name,
    queues: disk.queues ?? (defaultOf('disks', 'queues') as number),
    discard: disk.discard ?? !readOnly,
    ...(limited && {
      rateLimit: {
        ...(bandwidth !== undefined && { bandwidth: parseBandwidth(bandwidth) }),
        ...(ops !== undefined && { ops: parseOperations(ops) }),
      },
    }),
  }
}

function rngOf({ rng }: Manifest): VmSpec['rng'] {
  if (rng === undefined) return 'auto'
  if (typeof rng === 'boolean') return rng ? {} : undefined
  return rng.rateLimit === undefined ? {} : { rateLimit: { bandwidth: parseBandwidth(rng.rateLimit.bandwidth) } }
}
