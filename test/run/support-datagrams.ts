// DHCP and DNS over a station of a private network, as a guest speaks them.
import { addressAt, addressBytes, BRIDGE, macBytes, sourceOf, typeOf, u16, type Station } from './support-segment.ts'

const COOKIE = Buffer.from([0x63, 0x82, 0x53, 0x63])

/** RFC 768 without a checksum, in RFC 791. */
export function datagram(source: string, destination: string, ports: [number, number], payload: Buffer): Buffer {
  const udp = Buffer.concat([u16(ports[0]), u16(ports[1]), u16(8 + payload.length), u16(0), payload])
  const head = Buffer.concat([
    Buffer.from([0x45, 0]),
    u16(20 + udp.length),
    Buffer.from([0, 0, 0, 0, 64, 17, 0, 0]),
    addressBytes(source),
    addressBytes(destination),
  ])
  let sum = 0
  for (let at = 0; at < head.length; at += 2) sum += head.readUInt16BE(at)
  head.writeUInt16BE(~((sum & 0xffff) + (sum >> 16)) & 0xffff, 10)
  return Buffer.concat([head, udp])
}

const isDatagram = (frame: Buffer, port: number): boolean =>
  typeOf(frame) === 0x0800 && frame[23] === 17 && frame.readUInt16BE(36) === port

export interface Lease {
  kind: number
  address: string
  /** Hardware address of who answered. */
  server: string
  options: Map<number, Buffer>
}

interface DhcpAddresses {
  requested?: string
  /** What the client says it has. */
  client?: string
  /** Of the relay that the message seems to come by. */
  relay?: string
}

/** A message of RFC 2131. */
export function sendDhcp(station: Station, kind: number, { requested, client, relay }: DhcpAddresses): void {
  const fixed = Buffer.alloc(236)
  fixed.set([1, 1, 6, 0, 1, 2, 3, kind])
  fixed.set(addressBytes(client ?? '0.0.0.0'), 12)
  fixed.set(addressBytes(relay ?? '0.0.0.0'), 24)
  fixed.set(macBytes(station.mac), 28)
  const option = (code: number, value: Buffer): Buffer => Buffer.concat([Buffer.from([code, value.length]), value])
  const options = [option(53, Buffer.from([kind])), option(55, Buffer.from([1, 3, 6, 12, 15]))]
  if (requested !== undefined) options.push(option(50, addressBytes(requested)))
  const message = Buffer.concat([fixed, COOKIE, ...options, Buffer.from([255])])
  station.send('ff:ff:ff:ff:ff:ff', 0x0800, datagram('0.0.0.0', '255.255.255.255', [68, 67], message))
}

/** One exchange of RFC 2131: kind 1 asks (the answer is 2), kind 3 takes (5). */
export async function dhcp(station: Station, kind: 1 | 3, requested?: string): Promise<Lease> {
  sendDhcp(station, kind, requested === undefined ? {} : { requested })
  const frame = await station.next((candidate) => isDatagram(candidate, 68))
  const answer = frame.subarray(42)
  const found = new Map<number, Buffer>()
  for (let at = 240; at < answer.length && answer[at] !== 255; at += 2 + (answer[at + 1] ?? 0)) {
    found.set(answer[at] ?? 0, answer.subarray(at + 2, at + 2 + (answer[at + 1] ?? 0)))
  }
  const [kindOf] = found.get(53) ?? []
  const address = addressAt(answer, 16)
  return { kind: kindOf ?? 0, address, server: sourceOf(frame), options: found }
}

/** The answer's code (RFC 1035 §4.1.1) and its addresses, of a question for A (1) or AAAA (28); `server` is its MAC. */
export async function dns(
  station: Station,
  server: string,
  name: string,
  type = 1,
): Promise<{ code: number; addresses: string[] }> {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]))
  const question = Buffer.concat([...labels, Buffer.from([0]), u16(type), u16(1)])
  const query = Buffer.concat([Buffer.from([0xab, type, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), question])
  station.send(server, 0x0800, datagram(station.address, BRIDGE, [4000, 53], query))
  const frame = await station.next((candidate) => isDatagram(candidate, 4000))
  const answer = frame.subarray(42)
  // Each record: a pointer to the name, type, class, time to live, length, and then its address.
  const first = 12 + question.length
  const addresses = Array.from({ length: answer.readUInt16BE(6) }, (_, index) =>
    addressAt(answer, first + 16 * index + 12),
  )
  return { code: (answer[3] ?? 0) & 0xf, addresses }
}
