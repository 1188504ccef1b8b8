// Addresses of guests on virtio-vsock.
import { createHash } from 'node:crypto'

/** 0 to 2 belong to the hypervisor, to loopback and to the host (virtio 1.2 §5.10.4). */
const LOWEST = 3
/** 2^32 − 1 is VMADDR_CID_ANY. */
const HIGHEST = 0xffff_fffe

/** The CID of a machine whose manifest has none: a hash of its name, so that no state decides what a plan says. */
export function defaultCid(vm: string): number {
  const hash = createHash('sha256').update(`${vm}/vsock`).digest('hex').slice(0, 12)
  return LOWEST + (Number.parseInt(hash, 16) % (HIGHEST - LOWEST + 1))
}
