// What a plan's devices work on: open descriptors by name, beside those of its files. The launcher opens them.
import type { BootPlan } from './boot-plan.gen.ts'
import { SECTOR_BYTES } from './virtio/devices.ts'

export interface DiskBackends {
  /** Name of the raw image's descriptor; the image has `bytes`. */
  image: string
  /** Name of the descriptor that takes the writes instead. */
  overlay?: string
  bytes: number
  /** Whether the image is written. */
  writesImage: boolean
}

/** In the order of the devices. */
export function diskBackends({ devices }: Pick<BootPlan, 'devices'>): DiskBackends[] {
  return devices
    .filter((device) => device.type === 'virtio-block')
    .map(({ backend, overlay, capacity, readOnly }) => ({
      image: backend,
      ...(overlay !== undefined && { overlay }),
      bytes: capacity * SECTOR_BYTES,
      writesImage: !readOnly && overlay === undefined,
    }))
}

export interface NetworkBackends {
  /** The device's id. */
  id: string
  transport: 'tap' | 'stream'
  /** Names of the descriptors, one a pair of queues. */
  names: string[]
  /** Names of descriptors of /dev/vhost-net, as many, or none. */
  vhost: string[]
  mac: string
  mtu: number
}

/** In the order of the devices. */
export function networkBackends({ devices }: Pick<BootPlan, 'devices'>): NetworkBackends[] {
  return devices
    .filter((device) => device.type === 'virtio-net')
    .map(({ id, transport, backends, vhost = [], mac, mtu }) => ({ id, transport, names: backends, vhost, mac, mtu }))
}

export interface VsockBackends {
  /** The device's id. */
  id: string
  cid: number
  /** Name of the descriptor of the socket that host programs connect to. */
  listener: string
  /** Name of the broker's. */
  connector: string
}

/** In the order of the devices. */
export function vsockBackends({ devices }: Pick<BootPlan, 'devices'>): VsockBackends[] {
  return devices
    .filter((device) => device.type === 'virtio-vsock')
    .map(({ id, cid, listener, connector }) => ({ id, cid, listener, connector }))
}

export interface ShareBackend {
  /** The device's id. */
  id: string
  /** Name of the descriptor of its daemon's socket. */
  name: string
  readOnly: boolean
  cache: 'auto' | 'none' | 'always'
}

/** In the order of the devices. */
export function shareBackends({ devices }: Pick<BootPlan, 'devices'>): ShareBackend[] {
  return devices
    .filter((device) => device.type === 'virtio-fs')
    .map(({ id, backend, readOnly, cache }) => ({ id, name: backend, readOnly, cache }))
}

/** Names of descriptors of files: images and overlays. */
export function diskBackendNames(plan: Pick<BootPlan, 'devices'>): string[] {
  return diskBackends(plan).flatMap(({ image, overlay }) => (overlay === undefined ? [image] : [image, overlay]))
}

/**
 * Of every descriptor that a saved plan has a source of: all but those of brokers, which are started with the machine, and
 * of /dev/vhost-net.
 */
export function backendNames(plan: Pick<BootPlan, 'devices'>): string[] {
  return [
    ...diskBackendNames(plan),
    ...networkBackends(plan).flatMap(({ names }) => names),
    ...vsockBackends(plan).map(({ listener }) => listener),
    ...shareBackends(plan).map(({ name }) => name),
  ]
}
