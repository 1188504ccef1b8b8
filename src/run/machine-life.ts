// How a machine's process is kept, as its manifest says it, and as its keeper is told.
import { isDeepStrictEqual } from 'node:util'
import { parsePort } from '../manifest/ports.ts'
import type { VmSpec } from '../manifest/spec.ts'
import { DEFAULT_LIFE, type Life } from '../plan/life.ts'
import { vsockPaths } from './open-vsock.ts'
import type { RunnableVm } from './runnable-vm.ts'

export interface MachineLife {
  /** Of a guest that resets itself. */
  onReset: 'stop' | 'restart'
  restart: Life['restart']
  sandbox: Life['sandbox']
  /** How large console.log becomes, where there is one. */
  logBytes?: number
  readiness?: ReadinessSign
}

/** With where the sign is looked for: a socket's path, or an address of the host in figures. */
type ReadinessSign =
  | { console: string; timeoutMs: number }
  | { vsock: number; path: string; timeoutMs: number }
  | { tcp: number; address: string; timeoutMs: number }

/** What the host reaches a port on that listens everywhere. */
const LOOPBACK = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** Of a manifest with its defaults. */
export function lifeOf({ restart, sandbox, console: terminal, readiness, stopTimeoutMs, networks }: VmSpec): Life {
  const address = readiness !== undefined && 'tcp' in readiness ? addressOf(readiness.tcp, networks) : undefined
  return {
    restart,
    sandbox,
    consoleLogBytes: terminal.maxSizeBytes,
    ...(readiness && { readiness: { ...readiness, ...(address !== undefined && { address }) } }),
    stopTimeoutMs,
  }
}

/** Whether a keeper of the one does what the other says; how long a stop may take is no affair of a keeper. */
export function keepsAlike(before: Life = DEFAULT_LIFE, after: Life = DEFAULT_LIFE): boolean {
  const [old, now] = [before, after].map((life) => ({ ...life, stopTimeoutMs: 0 }))
  return isDeepStrictEqual(old, now)
}

/** For the keeper of a machine in the background; `directory` is where its sockets are. */
export function keeperLife({ life = DEFAULT_LIFE, ...vm }: RunnableVm, directory: string): MachineLife {
  const { restart, sandbox, consoleLogBytes, readiness } = life
  const sign = readiness && signOf(readiness, () => vsockPaths(vm, directory)[0] ?? '')
  return { onReset: 'restart', restart, sandbox, logBytes: consoleLogBytes, ...(sign && { readiness: sign }) }
}

/** Of a machine in the foreground: it ends with its guest, and nobody waits until it is ready. */
export function foregroundLife({ life = DEFAULT_LIFE }: Pick<RunnableVm, 'life'>): MachineLife {
  return { onReset: 'stop', restart: 'never', sandbox: life.sandbox }
}

function addressOf(port: number, networks: VmSpec['networks']): string {
  const forward = networks
    .flatMap(({ user }) => user?.ports ?? [])
    .map(parsePort)
    .find((forwarded) => forwarded?.hostPort === port && forwarded.protocol === 'tcp')
  const address = forward?.address ?? '127.0.0.1'
  return LOOPBACK[address as keyof typeof LOOPBACK] ?? address
}

function signOf(readiness: NonNullable<Life['readiness']>, vsockPath: () => string): ReadinessSign {
  const { timeoutMs, address = '' } = readiness
  if ('vsock' in readiness) return { vsock: readiness.vsock, path: vsockPath(), timeoutMs }
  if ('tcp' in readiness) return { tcp: readiness.tcp, address, timeoutMs }
  return { console: readiness.console, timeoutMs }
}
