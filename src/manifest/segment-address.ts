// The IPv4 addresses of private networks: hashes of names, so that no state decides what a machine's is.
import { createHash } from 'node:crypto'

/** Addresses of a network: 4094 for its machines and its own end. */
const HOST_BITS = 12
/** 10.128.0.0/9: the half of 10.0.0.0/8 that fewer use. */
const FIRST = 0x0a80_0000
const NETWORKS = 2 ** (23 - HOST_BITS)
/** Behind the network's own address and that of its own end; the last is for broadcasts. */
const FIRST_HOST = 2
const HOSTS = 2 ** HOST_BITS - 3

/** Where the network's DNS is, with the bits of its prefix: `10.130.16.1/20`. Every project's has the same. */
export function subnetOf(network: string): string {
  return `${format(baseOf(network) + 1)}/${32 - HOST_BITS}`
}

/** What the machine has unless another one of the network, that was there before it, has it. */
export function addressOn(network: string, vm: string): string {
  return format(baseOf(network) + FIRST_HOST + hash(`${vm}/address`, HOSTS))
}

function baseOf(network: string): number {
  return FIRST + hash(`${network}/subnet`, NETWORKS) * 2 ** HOST_BITS
}

function hash(text: string, values: number): number {
  return Number.parseInt(createHash('sha256').update(text).digest('hex').slice(0, 12), 16) % values
}

function format(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.')
}
