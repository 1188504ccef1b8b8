// passt (https://passt.top), which carries a guest's traffic as this user's: how it is called, and why it does not start.
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { formatListener, type PortForward } from '../manifest/ports.ts'
import { VoltError } from '../volt-error.ts'
import { HELPER_SOCKET, LOG_BYTES, type HelperCommand } from './helper-command.ts'
import { findPasst } from './helper-programs.ts'
import { whyNotListening } from './why-not-listening.ts'

export interface PasstOptions {
  ports: readonly PortForward[]
  /** Bytes; what passt tells the guest by DHCP and NDP. */
  mtu: number
  /** Path of its log; an earlier one is replaced. */
  log?: string
}

/** For ports whose last holder has ended. */
const RELEASE_MS = 500
const PAUSE_MS = 20
/** What it says of one; the specification as it was given follows. */
const PORT_TAKEN = /^passt did not start: .*Failed to bind any port for '-[tu] ([^']*)'/

/**
 * A port of every address is tried here first: passt is content with one family, and the clients of the other would reach
 * another program. Throws HOST_ERROR.
 */
export async function passtCommand(name: string, options: PasstOptions): Promise<HelperCommand> {
  const program = await findPasst()
  await waitUntilFree(options.ports.filter(({ address }) => address === undefined))
  if (options.log !== undefined) await rm(options.log, { force: true })
  return { name, kind: 'passt', program, args: passtArguments(options) }
}

/** The host's loopback addresses stay the host's: by default passt would map the gateway's to them. */
export function passtArguments({ ports, mtu, log }: PasstOptions): string[] {
  const specs = (protocol: PortForward['protocol'], option: string): string[] => {
    const own = ports.filter((port) => port.protocol === protocol)
    return own.length === 0 ? [option, 'none'] : own.flatMap((port) => [option, specOf(port)])
  }
  const logging = log === undefined ? [] : ['--log-file', log, '--log-size', String(LOG_BYTES)]
  return [
    ...['--fd', String(HELPER_SOCKET), '--quiet', '--no-map-gw', '--mtu', String(mtu)],
    ...logging,
    ...specs('tcp', '--tcp-ports'),
    ...specs('udp', '--udp-ports'),
  ]
}

/** Of a machine that forwards `ports`: passt does not say why it cannot listen. Other failures stay as they are. */
export async function explainPasst(error: unknown, ports: readonly PortForward[]): Promise<unknown> {
  const spec = error instanceof VoltError ? PORT_TAKEN.exec(error.message)?.[1] : undefined
  if (spec === undefined) return error
  return (await explainTaken(ports.filter((port) => specOf(port) === spec))) ?? error
}

function specOf({ address, hostPort, guestPort }: PortForward): string {
  return `${address === undefined ? '' : `${address}/`}${hostPort}:${guestPort}`
}

/** The passt of a machine whose keeper was killed holds its ports for some milliseconds more. */
async function waitUntilFree(ports: readonly PortForward[]): Promise<void> {
  for (const until = Date.now() + RELEASE_MS; ; await sleep(PAUSE_MS)) {
    const taken = await explainTaken(ports)
    if (taken === undefined) return
    if (Date.now() > until) throw taken
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
