// A holder of a private network as a process, and stations on it: programs that speak Ethernet on a tap's descriptor.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, read, readFileSync, readlinkSync, writeSync } from 'node:fs'
import { chown, open } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { ADDON_FILE, VMM_FILE } from '../../src/host/built-files.ts'
import { listenUnix } from '../../src/host/listen-socket.ts'
import { requestDescriptors } from '../../src/host/request-descriptors.ts'
import type { OpenDescriptor } from '../../src/host/open-descriptor.ts'

export const UNPRIVILEGED = 12_345
const readAt = promisify(read)
/** struct virtio_net_hdr, as a tap has it until another size is asked for. */
const HEADER_BYTES = 10
const BROADCAST = 'ff:ff:ff:ff:ff:ff'
const ARP = 0x0806
export const BRIDGE = '10.130.16.1'
export const WEB = '02:00:00:00:00:01'
export const DB = '02:00:00:00:00:02'

/** Why holders cannot be tried here. */
export function whyNoHolders(): string | false {
  if (![ADDON_FILE, VMM_FILE].every((file) => existsSync(file))) return 'the engine is not built'
  if (!existsSync('/usr/sbin/dnsmasq')) return 'dnsmasq is not installed (dnsmasq-base)'
  if (process.getuid?.() !== 0) return 'only root can become another user'
  if (spawnSync('unshare', ['-n', 'test', '-c', '/dev/net/tun']).status !== 0) return 'no network namespaces, or no tun'
  const unprivileged = ['--reuid', String(UNPRIVILEGED), '--clear-groups', 'unshare', '-Urn', 'true']
  return spawnSync('setpriv', unprivileged).status !== 0 && 'user namespaces are refused here'
}

export interface Holder {
  process: ChildProcess
  /** What it said before it closed its standard output. */
  ready: string
  directory: string
  log: string
  ask(request: object): Promise<{ text: string; descriptors: OpenDescriptor[] } | undefined>
}

export interface HolderOptions {
  /** Words before it, such as setpriv and its options. */
  wrapper?: string[]
  dnsmasq?: string
  owner?: number
}

/** In a directory that is there; ends by itself. */
export async function startHolder(directory: string, options: HolderOptions = {}): Promise<Holder> {
  const path = join(directory, 's.sock')
  const socket = listenUnix(path)
  const log = join(directory, 'log')
  const logFile = await open(log, 'w')
  for (const file of options.owner === undefined ? [] : [directory, path, log]) {
    await chown(file, options.owner ?? 0, options.owner ?? 0)
  }
  const dnsmasq = options.dnsmasq ?? '/usr/sbin/dnsmasq'
  const args = ['segment', '--socket', '3', '--path', './s.sock', '--name', 'backend', '--subnet', `${BRIDGE}/20`]
  const [command = '', ...words] = [...(options.wrapper ?? []), VMM_FILE, ...args, '--dnsmasq', dnsmasq]
  const stdio = ['ignore', 'pipe', logFile.fd, socket.fd] as const
  const child = spawn(command, words, { stdio: [...stdio], cwd: directory, env: { PATH: process.env['PATH'] } })
  const ready = child.stdout === null ? '' : await text(child.stdout)
  await socket.close()
  await logFile.close()
  const ask: Holder['ask'] = (request) => requestDescriptors(directory, 's.sock', request)
  return { process: child, ready, directory, log, ask }
}

export async function exitOf({ process: child }: Holder): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode
}

export const joinOf = (name: string, mac: string, more = {}) => ({
  ...{ request: 'join', name, mac, address: '10.130.16.7', queues: 1, mtu: 1500 },
  ...more,
})

export async function stationOf(
  holder: Holder,
  name: string,
  mac: string,
): Promise<{ station: Station; address: string }> {
  const answer = await holder.ask(joinOf(name, mac))
  const { ok, address = '' } = JSON.parse(answer?.text ?? '{}') as { ok?: boolean; address?: string }
  assert.is(ok, true, answer?.text)
  const [tap, ...others] = answer?.descriptors ?? []
  assert.ok(tap !== undefined && others.length === 0)
  return { station: new Station(tap, mac), address }
}

export function dnsmasqOf({ process: { pid = 0 } }: Holder): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'ascii').trim()
}

/** A process's capabilities: this one alone. */
export const NET_ADMIN = '0000000000001000'
export const capabilitiesOf = (pid: string): string | undefined =>
  /^CapPrm:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'ascii'))?.[1]
export const userNamespaceOf = (pid: string | number | undefined): string => readlinkSync(`/proc/${pid}/ns/user`)

/** Answers ARP for its address, and keeps other frames until they are asked for. */
export class Station {
  address = '0.0.0.0'
  readonly mac: string
  readonly #tap: OpenDescriptor
  readonly #frames: Buffer[] = []
  #arrived: () => void = () => undefined
  #isEnding = false
  readonly #reading: Promise<void>

  constructor(tap: OpenDescriptor, mac: string) {
    this.#tap = tap
    this.mac = mac
    this.#reading = this.#read()
  }

  send(destination: string, type: number, payload: Buffer): void {
    const head = Buffer.concat([Buffer.alloc(HEADER_BYTES), macBytes(destination), macBytes(this.mac), u16(type)])
    writeSync(this.#tap.fd, Buffer.concat([head, payload]))
  }

  /** The first frame for which it is true, without waiting longer than a few seconds. */
  async next(wanted: (frame: Buffer) => boolean): Promise<Buffer> {
    for (const deadline = Date.now() + 5000; ;) {
      const index = this.#frames.findIndex(wanted)
      const [frame] = index < 0 ? [] : this.#frames.splice(0, index + 1).slice(-1)
      if (frame !== undefined) return frame
      if (Date.now() > deadline) throw new Error('the frame did not come')
      await new Promise<void>((done) => {
        this.#arrived = done
        setTimeout(done, 200)
      })
    }
  }

  /** An ARP request for the bridge's hardware address, in the name of `address`. */
  askAs(address: string): void {
    this.send(BROADCAST, ARP, this.#arp(1, address, '00:00:00:00:00:00', BRIDGE))
  }

  /** Closes the tap: what the bridge answers makes the pending read return. */
  async end(): Promise<void> {
    this.#isEnding = true
    this.askAs(this.address)
    await this.#reading
    await this.#tap.close()
  }

  async #read(): Promise<void> {
    for (const bytes = Buffer.alloc(4096); !this.#isEnding;) {
      const { bytesRead } = await readAt(this.#tap.fd, bytes, 0, bytes.length, null)
      const frame = Buffer.from(bytes.subarray(HEADER_BYTES, bytesRead))
      const asks = typeOf(frame) === ARP && frame.readUInt16BE(20) === 1 && addressAt(frame, 38) === this.address
      if (asks) this.send(sourceOf(frame), ARP, this.#arp(2, this.address, sourceOf(frame), addressAt(frame, 28)))
      this.#frames.push(frame)
      this.#arrived()
    }
  }

  /** RFC 826: 1 asks, 2 answers. */
  #arp(operation: 1 | 2, from: string, mac: string, to: string): Buffer {
    const kind = Buffer.from([0, 1, 8, 0, 6, 4, 0, operation])
    return Buffer.concat([kind, macBytes(this.mac), addressBytes(from), macBytes(mac), addressBytes(to)])
  }
}

export const typeOf = (frame: Buffer): number => frame.readUInt16BE(12)
export const sourceOf = (frame: Buffer): string => frame.toString('hex', 6, 12).replace(/(..)(?=.)/g, '$1:')
export const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff])
export const macBytes = (mac: string): Buffer => Buffer.from(mac.replaceAll(':', ''), 'hex')
export const addressBytes = (address: string): Buffer => Buffer.from(address.split('.').map(Number))
export const addressAt = (bytes: Buffer, offset: number): string => [...bytes.subarray(offset, offset + 4)].join('.')
