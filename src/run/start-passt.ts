// Starts passt (https://passt.top), which carries a guest's traffic as this user's, and ends when its socket hangs up.
import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { OpenDescriptor } from '../host/open-descriptor.ts'
import { socketPair } from '../host/socket-pair.ts'
import { formatListener, type PortForward } from '../manifest/ports.ts'
import { VoltError } from '../volt-error.ts'
import { findPasst, helperEnvironment } from './helper-programs.ts'
import { LOG_BYTES } from './start-log.ts'
import { whyNotListening } from './why-not-listening.ts'

export interface PasstOptions {
  ports: readonly PortForward[]
  /** Bytes; what passt tells the guest by DHCP and NDP. */
  mtu: number
  /** Path of its log; an earlier one is replaced. */
  log?: string
}

const START_TIMEOUT_MS = 10_000
/** For ports whose last holder has ended. */
const RELEASE_MS = 500
const PAUSE_MS = 20
/** What it says of one; the specification as it was given follows. */
const PORT_TAKEN = /Failed to bind any port for '-[tu] ([^']*)'/
/** Its socket's place in its descriptor table. */
const SOCKET = 3

/** The engine's end of the socket; closing the last copy ends passt. Throws HOST_ERROR or NOT_BUILT, and leaves nothing. */
export async function startPasst(options: PasstOptions): Promise<OpenDescriptor> {
  const [ours, its] = socketPair()
  try {
    if (options.log !== undefined) await rm(options.log, { force: true })
    await runUntilPortsAreFree(options, its.fd)
    return ours
  } catch (error) {
    await ours.close()
    throw error
  } finally {
    await its.close()
  }
}

/** The host's loopback addresses stay the host's: by default passt would map the gateway's to them. */
export function passtArguments({ ports, mtu, log }: PasstOptions): string[] {
  const specs = (protocol: PortForward['protocol'], option: string): string[] => {
    const own = ports.filter((port) => port.protocol === protocol)
    return own.length === 0 ? [option, 'none'] : own.flatMap((port) => [option, specOf(port)])
  }
  const logging = log === undefined ? [] : ['--log-file', log, '--log-size', String(LOG_BYTES)]
  return [
    ...['--fd', String(SOCKET), '--quiet', '--no-map-gw', '--mtu', String(mtu)],
    ...logging,
    ...specs('tcp', '--tcp-ports'),
    ...specs('udp', '--udp-ports'),
  ]
}

function specOf({ address, hostPort, guestPort }: PortForward): string {
  return `${address === undefined ? '' : `${address}/`}${hostPort}:${guestPort}`
}

/**
 * The passt of a machine that has just ended holds its ports for some milliseconds more. A port of every address is tried
 * first: passt is content with one family, and the clients of the other would reach another program.
 */
async function runUntilPortsAreFree(options: PasstOptions, socket: number): Promise<void> {
  const everywhere = options.ports.filter(({ address }) => address === undefined)
  for (const until = Date.now() + RELEASE_MS; ; await sleep(PAUSE_MS)) {
    const isLate = Date.now() > until
    const taken = await explainTaken(everywhere)
    if (taken !== undefined && isLate) throw taken
    if (taken !== undefined) continue
    const { status, said } = await run(passtArguments(options), socket)
    if (status === 0) return
    if (!PORT_TAKEN.test(said) || isLate) throw await explainFailure(said, options.ports)
  }
}

/** Why the first that cannot be listened on cannot; undefined where all can. */
async function explainTaken(ports: readonly PortForward[]): Promise<VoltError | undefined> {
  for (const port of ports) {
    const reason = await whyNotListening(port)
    if (reason === undefined) continue
    const message = `the host cannot listen on ${formatListener(port)}: ${reason.text}`
    return new VoltError('HOST_ERROR', message, { errno: reason.errno, hint: reason.hint })
  }
  return undefined
}

/** passt goes into the background once it listens; the process that was started ends then. */
async function run(args: readonly string[], socket: number): Promise<{ status: number | null; said: string }> {
  const stdio = ['ignore', 'ignore', 'pipe', socket] as const
  const limits = { timeout: START_TIMEOUT_MS, killSignal: 'SIGKILL' } as const
  const child = spawn(await findPasst(), args, { stdio: [...stdio], cwd: '/', env: helperEnvironment(), ...limits })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text))
  return new Promise((done, fail) => {
    child.once('error', (cause) => fail(notStarted(cause)))
    child.once('close', (status) => done({ status, said }))
  })
}

function notStarted(cause: NodeJS.ErrnoException): VoltError {
  const errno = cause.errno === undefined ? {} : { errno: Math.abs(cause.errno) }
  return new VoltError('HOST_ERROR', `passt did not start: ${cause.message}`, { ...errno, cause })
}

async function explainFailure(said: string, ports: readonly PortForward[]): Promise<VoltError> {
  const spec = PORT_TAKEN.exec(said)?.[1]
  const taken = await explainTaken(ports.filter((port) => specOf(port) === spec))
  if (taken !== undefined) return taken
  const words = said.split('\n').filter((line) => line !== '' && !/^(Failed to send|Don't run as root)/.test(line))
  const message = `passt did not start: ${words.join('; ') || 'it was silent'}`
  return new VoltError('HOST_ERROR', message, { hint: 'its package documents what it says: man passt' })
}
