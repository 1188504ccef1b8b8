// The virtio devices of a plan: what the manifest says of each, in the words of the engine.
import type { BalloonSpec, DiskSpec, NetworkSpec, RngSpec, VmSpec, VsockSpec } from '../../manifest/spec.ts'
import { hex } from '../address.ts'
import type { QueueSize, VirtioBalloon, VirtioBlock, VirtioNet, VirtioRng, VirtioVsock } from '../boot-plan.gen.ts'
import { VIRTIO_WINDOW } from '../guest-layout.ts'
import type { VirtioSlot } from './slots.ts'

export const SECTOR_BYTES = 512

/** A disk's image as the compiler sees it. */
export interface DiskImage {
  /** A multiple of SECTOR_BYTES. */
  sizeBytes: number
}

export type VirtioDevice = VirtioBalloon | VirtioBlock | VirtioNet | VirtioRng | VirtioVsock

/** What other monitors offer; drivers take fewer descriptors where they need fewer. */
const QUEUE_SIZE: QueueSize = 256

/** `slots` are those of layOutVirtio, `images` those of the disks, each in that order. */
export function virtioDevices(
  { disks, networks, vsock, balloon }: Pick<VmSpec, 'disks' | 'networks' | 'vsock' | 'balloon'>,
  rng: RngSpec | undefined,
  slots: readonly VirtioSlot[],
  images: readonly DiskImage[],
): VirtioDevice[] {
  const blocks = disks.map((disk, index) => block(disk, slotAt(slots, index), images[index]))
  const older = rng === undefined ? blocks : [...blocks, entropy(rng, slotAt(slots, disks.length))]
  const devices: VirtioDevice[] = [
    ...older,
    ...networks.map((spec, index) => network(spec, slotAt(slots, older.length + index))),
  ]
  if (vsock !== undefined) devices.push(vsockDevice(vsock, slotAt(slots, devices.length)))
  if (balloon !== undefined) devices.push(balloonDevice(balloon, slotAt(slots, devices.length)))
  return devices
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
  const { name, mac, mtu, queues, preventSpoofing, rateLimit } = spec
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

function place({ base, gsi }: VirtioSlot): Pick<VirtioBlock, 'mmio' | 'gsi'> {
  return { mmio: { base: hex(base), size: VIRTIO_WINDOW }, gsi }
}

function slotAt(slots: readonly VirtioSlot[], index: number): VirtioSlot {
  const slot = slots[index]
  if (slot === undefined) throw new TypeError(`virtio device ${index} has no slot`)
  return slot
}
