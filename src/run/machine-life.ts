// How a keeper is to treat its machine, as the manifest says it.
import { isDeepStrictEqual } from 'node:util'
import { parsePort } from '../manifest/ports.ts'
import type { ReadinessSpec, SandboxMode, VmSpec } from '../manifest/spec.ts'
import { vsockPaths } from './open-vsock.ts'
import type { RunnableVm } from './runnable-vm.ts'

export interface MachineLife {
  /** Of a guest that resets itself. */
  onReset: 'stop' | 'restart'
  restart: VmSpec['restart']
  sandbox: SandboxMode
  /** How large console.log becomes, where there is one. */
  logBytes?: number
  readiness?: ReadinessSign
}

/** Whether a keeper of one manifest does what another says; both with their defaults. */
export function keepsAlike(before: object, after: object): boolean {
  const [old, now] = [before, after].map((spec) => {
    const { restart, sandbox, readiness, console: terminal } = spec as Partial<VmSpec>
    return { restart, sandbox, readiness, maxSizeBytes: terminal?.maxSizeBytes }
  })
  return isDeepStrictEqual(old, now)
}

/** With where the sign is looked for: a socket's path, or an address of the host in figures. */
type ReadinessSign =
  | { console: string; timeoutMs: number }
  | { vsock: number; path: string; timeoutMs: number }
  | { tcp: number; address: string; timeoutMs: number }

/** The manifest's default of console.maxSize, for machines of a saved plan. */
const DEFAULT_LOG_BYTES = 16 * 1024 ** 2
/** What the host reaches a port on that listens everywhere. */
const LOOPBACK = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** Of a machine in the background; `directory` is where its sockets are. A saved plan's is started once. */
export function lifeOf({ spec, ...vm }: RunnableVm, directory: string): MachineLife {
  if (spec === undefined)
    return { onReset: 'restart', restart: 'never', sandbox: 'best-effort', logBytes: DEFAULT_LOG_BYTES }
  const { restart, sandbox, console: terminal, readiness } = spec
  const sign = readiness && signOf(readiness, spec, () => vsockPaths(vm, directory)[0] ?? '')
  return { onReset: 'restart', restart, sandbox, logBytes: terminal.maxSizeBytes, ...(sign && { readiness: sign }) }
}

/** Of a machine in the foreground: it ends with its guest, and nobody waits until it is ready. */
export function foregroundLifeOf({ spec }: Pick<RunnableVm, 'spec'>): MachineLife {
  return { onReset: 'stop', restart: 'never', sandbox: spec?.sandbox ?? 'best-effort' }
}

function signOf(readiness: ReadinessSpec, { networks }: VmSpec, vsockPath: () => string): ReadinessSign {
  if ('vsock' in readiness) return { ...readiness, path: vsockPath() }
  if (!('tcp' in readiness)) return readiness
  const forward = networks
    .flatMap(({ user }) => user?.ports ?? [])
    .map(parsePort)
    .find((port) => port?.hostPort === readiness.tcp && port.protocol === 'tcp')
  const address = forward?.address ?? '127.0.0.1'
  return { ...readiness, address: LOOPBACK[address as keyof typeof LOOPBACK] ?? address }
}
