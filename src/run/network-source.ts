// What a network of a plan is attached to, as a saved plan's sources say it: `user:8080:80,53:53/udp`, `tap:tap0`,
// `bridge:br0` or `network:backend`.
import type { NetworkSpec } from '../manifest/spec.ts'
import { parsePort, type PortForward } from '../manifest/ports.ts'

const USER = 'user:'
const TAP = 'tap:'
const BRIDGE = 'bridge:'
const SEGMENT = 'network:'
/** IFNAMSIZ without its NUL. */
const INTERFACE = /^[^\s/:]{1,15}$/
/** As the schema of manifests has it: it becomes a file's name and a domain. */
const SEGMENT_NAME = /^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/

export type NetworkSource =
  | { kind: 'user'; ports: PortForward[] }
  | { kind: 'tap'; name: string }
  | { kind: 'bridge'; name: string }
  | { kind: 'network'; name: string }

export function networkSource({ user, tap, bridge, network }: NetworkSpec): string {
  if (bridge !== undefined) return BRIDGE + bridge
  if (network !== undefined) return SEGMENT + network
  return tap === undefined ? USER + (user?.ports ?? []).join(',') : TAP + tap
}

/** Undefined for what is none: a saved plan's sources are outside its digest. */
export function parseNetworkSource(source: string): NetworkSource | undefined {
  if (source.startsWith(TAP)) {
    const name = source.slice(TAP.length)
    return INTERFACE.test(name) ? { kind: 'tap', name } : undefined
  }
  if (source.startsWith(BRIDGE)) {
    const name = source.slice(BRIDGE.length)
    return INTERFACE.test(name) ? { kind: 'bridge', name } : undefined
  }
  if (source.startsWith(SEGMENT)) {
    const name = source.slice(SEGMENT.length)
    return SEGMENT_NAME.test(name) ? { kind: 'network', name } : undefined
  }
  if (!source.startsWith(USER)) return undefined
  const texts = source.slice(USER.length).split(',')
  const ports = texts.filter((text) => text !== '').map(parsePort)
  return ports.every((port) => port !== undefined) ? { kind: 'user', ports } : undefined
}
