// Ports of the host that lead to a guest, as Compose writes them: `[ADDRESS:]HOST:GUEST[/udp]`.
import { isIP } from 'node:net'

export interface PortForward {
  /** Of the host, without brackets; absent where it listens on all. */
  address?: string
  hostPort: number
  guestPort: number
  protocol: 'tcp' | 'udp'
}

const PORT_MAX = 65535

/** `text` is one that the schema accepts; undefined where a number is no port or the address none. */
export function parsePort(text: string): PortForward | undefined {
  const match = /^(?:(.+):)?(\d+):(\d+)(?:\/(tcp|udp))?$/.exec(text)
  if (match === null) return undefined
  const [hostPort, guestPort] = [Number(match[2]), Number(match[3])]
  const address = match[1]?.replace(/^\[|\]$/g, '')
  if (address !== undefined && isIP(address) === 0) return undefined
  if ([hostPort, guestPort].some((port) => port < 1 || port > PORT_MAX)) return undefined
  const protocol = match[4] === 'udp' ? 'udp' : 'tcp'
  return { ...(address !== undefined && { address }), hostPort, guestPort, protocol }
}

/** Where the host listens: `127.0.0.1:8080/tcp`, `[::1]:53/udp`, `8080/tcp`. */
export function formatListener({ address, hostPort, protocol }: PortForward): string {
  const host = address === undefined ? '' : isIP(address) === 6 ? `[${address}]:` : `${address}:`
  return `${host}${hostPort}/${protocol}`
}

/** Whether one cannot listen while the other does. */
export function portsCollide(one: PortForward, other: PortForward): boolean {
  if (one.hostPort !== other.hostPort || one.protocol !== other.protocol) return false
  const addresses = [one, other].map(({ address }) => address)
  if (addresses.some((address) => address === undefined)) return true
  const [first = '', second = ''] = addresses
  if (isIP(first) !== isIP(second)) return false
  return first === second || ['0.0.0.0', '::'].some((any) => any === first || any === second)
}

/** Ports as the user must have meant them: 8080 and "8080" are the same port on both sides. */
export function suggestPorts(value: unknown): string | undefined {
  const port = /^\s*(\d{1,5})\s*(\/(?:tcp|udp))?\s*$/i.exec(String(value))
  if (port?.[1] === undefined) return undefined
  return JSON.stringify(`${port[1]}:${port[1]}${(port[2] ?? '').toLowerCase()}`)
}
