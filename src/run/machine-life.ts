// How a machine's process is kept, as its manifest says it, and as its keeper is told.
import { isDeepStrictEqual } from 'node:util'
import { parsePort } from '../manifest/ports.ts'
import type { HugePages, ResourcesSpec, VmSpec } from '../manifest/spec.ts'
import { DEFAULT_LIFE, type Life, type Limits } from '../plan/life.ts'
import { vsockPaths } from './open-vsock.ts'
import type { RunnableVm } from './runnable-vm.ts'

export interface MachineLife {
  /** Of a guest that resets itself. */
  onReset: 'stop' | 'restart'
  restart: Life['restart']
  sandbox: Life['sandbox']
  /** Who its process is where the keeper is root. */
  user?: number
  /** How large console.log becomes, where there is one. */
  logBytes?: number
  readiness?: ReadinessSign
  pin?: string[]
  hugePages?: HugePages
}

/** With where the sign is looked for: a socket's path, or an address of the host in figures. */
type ReadinessSign =
  | { console: string; timeoutMs: number }
  | { vsock: number; path: string; timeoutMs: number }
  | { tcp: number; address: string; timeoutMs: number }

/** What the host reaches a port on that listens everywhere. */
const LOOPBACK = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** Of a manifest with its defaults. */
export function lifeOf(spec: VmSpec): Life {
  const { restart, sandbox, console: terminal, readiness, stopTimeoutMs, networks, vcpus, hugePages, resources } = spec
  const address = readiness !== undefined && 'tcp' in readiness ? addressOf(readiness.tcp, networks) : undefined
  return {
    restart,
    sandbox,
    consoleLogBytes: terminal.maxSizeBytes,
    ...(readiness && { readiness: { ...readiness, ...(address !== undefined && { address }) } }),
    stopTimeoutMs,
    ...(vcpus.pin !== undefined && { pin: [vcpus.pin].flat() }),
    ...(hugePages !== undefined && { hugePages }),
    ...(resources && Object.keys(resources).length > 0 && { limits: limitsOf(resources, spec) }),
  }
}

/** Page tables for guest memory, the processor's and those of the process: 8 bytes each for 4 KiB. */
const PAGE_TABLES_SHARE = 256

/** Pages of the host's pool count in no memory limit. */
function limitsOf({ memoryOverheadBytes, ...others }: ResourcesSpec, { memoryBytes, hugePages }: VmSpec): Limits {
  if (memoryOverheadBytes === undefined) return others
  const isPooled = hugePages === '2MiB' || hugePages === '1GiB'
  const guestBytes = isPooled ? 0 : memoryBytes + memoryBytes / PAGE_TABLES_SHARE
  return { ...others, memoryMaxBytes: guestBytes + memoryOverheadBytes }
}

/**
 * Whether a keeper of the one does what the other says; how long a stop may take is no affair of a keeper, nor what a
 * cgroup limits that is there already.
 */
export function keepsAlike(before: Life = DEFAULT_LIFE, after: Life = DEFAULT_LIFE): boolean {
  const [old, now] = [before, after].map((life) => ({
    ...life,
    stopTimeoutMs: 0,
    limits: life.limits !== undefined,
  }))
  return isDeepStrictEqual(old, now)
}

/** Other limits for a machine that has some. */
export function newLimits(before: Life = DEFAULT_LIFE, after: Life = DEFAULT_LIFE): Limits | undefined {
  return isDeepStrictEqual(before.limits, after.limits) ? undefined : after.limits
}

/** For the keeper of a machine in the background; `directory` is where its sockets are. */
export function keeperLife({ life = DEFAULT_LIFE, ...vm }: RunnableVm, directory: string): MachineLife {
  const { restart, sandbox, consoleLogBytes, readiness } = life
  const sign = readiness && signOf(readiness, () => vsockPaths(vm, directory)[0] ?? '')
  return {
    ...{ onReset: 'restart', restart, sandbox, logBytes: consoleLogBytes },
    ...(sign && { readiness: sign }),
    ...placementOf(life),
  }
}

/** Of a machine in the foreground: it ends with its guest, and nobody waits until it is ready. */
export function foregroundLife({ life = DEFAULT_LIFE }: Pick<RunnableVm, 'life'>): MachineLife {
  return { onReset: 'stop', restart: 'never', sandbox: life.sandbox, ...placementOf(life) }
}

/** What the machine is to have of the host, whichever process it is in. */
export function placementOf({ pin, hugePages }: Life = DEFAULT_LIFE): Pick<Life, 'pin' | 'hugePages'> {
  return { ...(pin && { pin }), ...(hugePages && { hugePages }) }
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
