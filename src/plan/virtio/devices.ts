// The virtio devices of a plan: what the manifest says of each, in the words of the engine.
import type { BalloonSpec, DiskSpec, NetworkSpec, RngSpec, ShareSpec, VmSpec, VsockSpec } from '../../manifest/spec.ts'
import { hex } from '../address.ts'
import type {
  QueueSize,
  VirtioBalloon,
  VirtioBlock,
  VirtioConsole,
  VirtioFs,
  VirtioNet,
  VirtioRng,
  VirtioVsock,
} from '../boot-plan.gen.ts'
import { VIRTIO_WINDOW } from '../guest-layout.ts'
import type { VirtioSlot } from './slots.ts'

export const SECTOR_BYTES = 512

/** A disk's image as the compiler sees it. */
export interface DiskImage {
  /** A multiple of SECTOR_BYTES. */
  sizeBytes: number
}

export type VirtioDevice = VirtioBalloon | VirtioBlock | VirtioConsole | VirtioFs | VirtioNet | VirtioRng | VirtioVsock

/** What other monitors offer; drivers take fewer descriptors where they need fewer. */
const QUEUE_SIZE: QueueSize = 256

/** What the virtio devices of a machine come from. */
export type VirtioSpec = Pick<VmSpec, 'disks' | 'networks' | 'vsock' | 'balloon' | 'shares' | 'console'>

/** A device of the manifest, before it has a place. */
export interface WantedDevice {
  /** JSON pointer into the manifest. */
  pointer: string
  what: string
  make: (slot: VirtioSlot, images: readonly DiskImage[]) => VirtioDevice
}

/** The order of windows and GSIs: newer kinds stand behind the older ones, so that the digests of manifests without them stay. */
export function wantedDevices(spec: VirtioSpec, rng: RngSpec | undefined): WantedDevice[] {
  const { disks, networks, vsock, balloon, shares, console } = spec
  const one = (pointer: string, what: string, make: (slot: VirtioSlot) => VirtioDevice): WantedDevice[] => [
    { pointer, what, make },
  ]
  return [
    ...disks.map((disk, index) => ({
      pointer: `/disks/${index}`,
      what: `the disk '${disk.name}'`,
      make: (slot: VirtioSlot, images: readonly DiskImage[]) => block(disk, slot, images[index]),
    })),
    ...(rng === undefined ? [] : one('/rng', 'the entropy device', (slot) => entropy(rng, slot))),
    ...networks.flatMap((net, index) =>
      one(`/networks/${index}`, `the network '${net.name}'`, (slot) => network(net, slot)),
    ),
    ...(vsock === undefined ? [] : one('/vsock', 'the vsock', (slot) => vsockDevice(vsock, slot))),
    ...(balloon === undefined ? [] : one('/balloon', 'the balloon', (slot) => balloonDevice(balloon, slot))),
    ...shares.flatMap((each, index) => one(`/shares/${index}`, `the share '${each.tag}'`, (slot) => share(each, slot))),
    ...(console.device === 'virtio' ? one('/console', 'the virtio console', consoleDevice) : []),
  ]
}

/** `slots` are those of layOutVirtio, `images` those of the disks, each in that order. */
export function virtioDevices(
  spec: VirtioSpec,
  rng: RngSpec | undefined,
  slots: readonly VirtioSlot[],
  images: readonly DiskImage[],
): VirtioDevice[] {
  return wantedDevices(spec, rng).map(({ make }, index) => make(slotAt(slots, index), images))
}

/** Prefixes keep the names of disks apart from those of other devices and files. */
function block(disk: DiskSpec, slot: VirtioSlot, image: DiskImage | undefined): VirtioBlock {
  if (image === undefined) throw new TypeError(`the disk '${disk.name}' has no image`)
  const { readOnly, serial, cache, queues, discard, rateLimit } = disk
  return {
    id: `disk-${disk.name}`,
    type: 'virtio-block',
    ...place(slot),
    queueSize: QUEUE_SIZE,
    backend: `disk-${disk.name}`,
    capacity: image.sizeBytes / SECTOR_BYTES,
    readOnly,
    serial,
    cache,
    queues,
    discard,
    ...(disk.overlay !== false && { overlay: `overlay-${disk.name}` }),
    ...(rateLimit && { rateLimit: structuredClone(rateLimit) }),
  }
}

function entropy({ rateLimit }: RngSpec, slot: VirtioSlot): VirtioRng {
  return {
    id: 'rng',
    type: 'virtio-rng',
    ...place(slot),
    queueSize: QUEUE_SIZE,
    ...(rateLimit && { rateLimit: structuredClone(rateLimit) }),
  }
}

function network(spec: NetworkSpec, slot: VirtioSlot): VirtioNet {
  const { name, mac, mtu, queues, preventSpoofing, vhost = false, rateLimit } = spec
  const transport = spec.user === undefined ? 'tap' : 'stream'
  return {
    id: `net-${name}`,
    type: 'virtio-net',
    ...place(slot),
    queueSize: QUEUE_SIZE,
    transport,
    backends: Array.from({ length: queues }, (_, index) => (index === 0 ? `net-${name}` : `queue${index}-${name}`)),
    mac,
    mtu,
    // A stream has no header to say what is left to do.
    offloads: transport === 'tap',
    preventSpoofing,
    ...(vhost && { vhost: Array.from({ length: queues }, (_, index) => `vhost${index}-${name}`) }),
    ...(rateLimit && { rateLimit: structuredClone(rateLimit) }),
  }
}

function vsockDevice({ cid }: VsockSpec, slot: VirtioSlot): VirtioVsock {
  return {
    id: 'vsock',
    type: 'virtio-vsock',
    ...place(slot),
    queueSize: QUEUE_SIZE,
    cid,
    listener: 'vsock-listener',
    connector: 'vsock-connector',
  }
}

function balloonDevice(spec: BalloonSpec, slot: VirtioSlot): VirtioBalloon {
  const { targetBytes: target, freePageReporting, deflateOnOom, statsIntervalMs } = spec
  return {
    id: 'balloon',
    type: 'virtio-balloon',
    ...place(slot),
    queueSize: QUEUE_SIZE,
    ...{ target, freePageReporting, deflateOnOom, statsIntervalMs },
  }
}

function share({ tag, readOnly, cache }: ShareSpec, slot: VirtioSlot): VirtioFs {
  return {
    id: `share-${tag}`,
    type: 'virtio-fs',
    ...place(slot),
    queueSize: QUEUE_SIZE,
    tag,
    backend: `share-${tag}`,
    readOnly,
    cache,
  }
}

function consoleDevice(slot: VirtioSlot): VirtioConsole {
  return { id: 'console', type: 'virtio-console', ...place(slot), queueSize: QUEUE_SIZE }
}

function place({ base, gsi }: VirtioSlot): Pick<VirtioBlock, 'mmio' | 'gsi'> {
  return { mmio: { base: hex(base), size: VIRTIO_WINDOW }, gsi }
}

function slotAt(slots: readonly VirtioSlot[], index: number): VirtioSlot {
  const slot = slots[index]
  if (slot === undefined) throw new TypeError(`virtio device ${index} has no slot`)
  return slot
}
