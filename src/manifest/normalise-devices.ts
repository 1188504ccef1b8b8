// The virtio devices of a manifest with their defaults.
import { createHash } from 'node:crypto'
import { defaultNetworkName } from './check-networks.ts'
import { memoryOf } from './check-semantics.ts'
import { parseDuration } from './duration.ts'
import type { Disk, Manifest, Network, Share } from './manifest.gen.ts'
import { parseBandwidth, parseOperations } from './rate.ts'
import { defaultOf } from './schema.ts'
import { parseSize } from './size.ts'
import type { BalloonSpec, DiskSpec, NetworkSpec, ProvisionSpec, ShareSpec, VmSpec } from './spec.ts'
import { defaultCid } from './vsock-cid.ts'

/** `manifest` must have passed the schema and checkSemantics. */
export function devicesOf(
  manifest: Manifest,
): Pick<VmSpec, 'disks' | 'networks' | 'rng' | 'vsock' | 'provision' | 'balloon' | 'shares'> {
  const rng = rngOf(manifest)
  const vsock = vsockOf(manifest)
  const balloon = balloonOf(manifest)
  return {
    disks: (manifest.disks ?? []).map(diskOf),
    networks: (manifest.networks ?? []).map((network, index) => networkOf(network, index, manifest.metadata.name)),
    ...(rng && { rng }),
    ...(vsock && { vsock }),
    ...(manifest.provision && { provision: provisionOf(manifest) }),
    ...(balloon && { balloon }),
    shares: (manifest.shares ?? []).map(shareOf),
  }
}

function diskOf(disk: Disk): DiskSpec {
  const { bandwidth, ops } = disk.rateLimit ?? {}
  const readOnly = disk.readOnly ?? (defaultOf('disks', 'readOnly') as boolean)
  const limited = bandwidth !== undefined || ops !== undefined
  return {
    name: disk.name,
    ...(disk.path !== undefined && { path: disk.path }),
    ...(disk.from !== undefined && { from: disk.from, sizeBytes: parseSize(disk.size ?? '') }),
    readOnly,
    overlay: disk.overlay ?? (disk.from === undefined ? (defaultOf('disks', 'overlay') as boolean) : !readOnly),
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

function networkOf(network: Network, index: number, vm: string): NetworkSpec {
  const { user = false, tap, bridge, network: segment, queues, mtu, preventSpoofing, vhost = false } = network
  const { receive, transmit } = network.rateLimit ?? {}
  const name = network.name ?? defaultNetworkName(index)
  const limited = receive !== undefined || transmit !== undefined
  return {
    name,
    ...(user !== false && { user: { ports: [...((user === true ? undefined : user.ports) ?? [])] } }),
    ...(tap !== undefined && { tap }),
    ...(bridge !== undefined && { bridge }),
    ...(segment !== undefined && { network: segment }),
    mac: network.mac?.toLowerCase() ?? addressOf(vm, name),
    mtu: mtu ?? (defaultOf('networks', 'mtu') as number),
    queues: queues ?? (defaultOf('networks', 'queues') as number),
    preventSpoofing: preventSpoofing ?? (!vhost && (defaultOf('networks', 'preventSpoofing') as boolean)),
    ...(vhost && { vhost }),
    ...(limited && {
      rateLimit: {
        ...(receive !== undefined && { receive: parseBandwidth(receive) }),
        ...(transmit !== undefined && { transmit: parseBandwidth(transmit) }),
      },
    }),
  }
}

/** 02: a locally administered address of one card (IEEE 802); then 40 bits of a hash. */
function addressOf(vm: string, network: string): string {
  const hash = createHash('sha256').update(`${vm}/${network}`).digest('hex').slice(0, 10)
  return `02${hash}`.replace(/(..)(?=.)/g, '$1:')
}

function rngOf({ rng }: Manifest): VmSpec['rng'] {
  if (rng === undefined) return 'auto'
  if (typeof rng === 'boolean') return rng ? {} : undefined
  return rng.rateLimit === undefined ? {} : { rateLimit: { bandwidth: parseBandwidth(rng.rateLimit.bandwidth) } }
}

function vsockOf({ vsock = false, metadata }: Manifest): VmSpec['vsock'] {
  if (vsock === false) return undefined
  const { cid = defaultCid(metadata.name), path } = vsock === true ? {} : vsock
  return { cid, ...(path !== undefined && { path }) }
}

function provisionOf({ provision = {}, metadata }: Manifest): ProvisionSpec {
  const { hostname = metadata.name, sshKeys = [], userData } = provision
  return { hostname, sshKeys: [...sshKeys], ...(userData !== undefined && { userData }) }
}

function balloonOf(manifest: Manifest): BalloonSpec | undefined {
  const { balloon = false } = manifest
  if (balloon === false) return undefined
  const { target, freePageReporting, deflateOnOom, statsInterval } = balloon === true ? {} : balloon
  return {
    targetBytes: target === undefined ? memoryOf(manifest) : parseSize(target),
    freePageReporting: freePageReporting ?? (defaultOf('balloon', 'freePageReporting') as boolean),
    deflateOnOom: deflateOnOom ?? (defaultOf('balloon', 'deflateOnOom') as boolean),
    statsIntervalMs: parseDuration(statsInterval ?? (defaultOf('balloon', 'statsInterval') as string)),
  }
}

function shareOf({ tag, directory, readOnly, cache }: Share): ShareSpec {
  return {
    tag,
    directory,
    readOnly: readOnly ?? (defaultOf('shares', 'readOnly') as boolean),
    cache: cache ?? (defaultOf('shares', 'cache') as ShareSpec['cache']),
  }
}
