// The state of a VM is derived from its record, its last event and its process; it is never stored.
import type { StoppedEvent } from '../host/native-addon.ts'
import { currentBootId, isProcessAlive, type ProcessIdentity } from '../host/process.ts'
import { VoltError } from '../volt-error.ts'
import type { Project } from './project-name.ts'
import { findLast, readLast } from './read-events.ts'
import { vmFiles, type VmFiles } from './vm-files.ts'
import { hasReadiness, readRecord, type VmRecord } from './vm-record.ts'

export type VmState =
  | { kind: 'never' }
  | { kind: 'running'; paused: boolean; restarting?: true; readiness?: ReadinessState }
  /** Ended by itself or on request, and said how. */
  | { kind: 'stopped'; event: StoppedEvent }
  /** The process is gone and left no word: killed, or the host went down. */
  | { kind: 'died'; cause: 'killed' | 'host-restarted' }
  /** The record cannot be read. */
  | { kind: 'damaged'; problem: string }

/** Of a machine whose manifest has a sign of readiness, since its last boot. */
export type ReadinessState = 'pending' | 'ready' | 'not-ready'

export interface VmStatus {
  name: string
  files: VmFiles
  record: VmRecord | undefined
  state: VmState
}

/** What the derivation asks the host: fakes stand in for it in tests. */
export interface HostProcesses {
  isAlive(process: ProcessIdentity): boolean
  bootId(): string
}

const thisHost: HostProcesses = { isAlive: isProcessAlive, bootId: currentBootId }

/** What a VM's files and the host say about it at one moment. */
export interface Evidence {
  record: VmRecord | undefined
  /** Whether the record's process lives. */
  alive: boolean
  /** Whether a live one is. */
  paused: boolean
  /** Whether the keeper of a live one is about to start its machine again. */
  restarting?: boolean
  readiness?: ReadinessState | undefined
  stopped: StoppedEvent | undefined
  bootId: string
}

export function deriveState(evidence: Evidence): VmState {
  const { record, alive, paused, restarting = false, readiness, stopped, bootId } = evidence
  if (record === undefined) return { kind: 'never' }
  if (alive) {
    return { kind: 'running', paused, ...(restarting && { restarting }), ...(readiness !== undefined && { readiness }) }
  }
  if (stopped !== undefined) return { kind: 'stopped', event: stopped }
  return { kind: 'died', cause: record.bootId === bootId ? 'killed' : 'host-restarted' }
}

/** Reads the VM's files and derives its state; a damaged record is a state, not an error. */
export async function readStatus(project: Project, name: string, host: HostProcesses = thisHost): Promise<VmStatus> {
  const files = vmFiles(project, name)
  try {
    const record = readRecord(files.record)
    // The process is asked for before the events are read: it writes `stopped` before it ends, never after.
    const alive = record !== undefined && host.isAlive(record)
    // A machine that was started again and then killed left no word of that end.
    const end = alive ? undefined : readLast(files.events, ['started', 'stopped'])
    const stopped = end?.event === 'stopped' ? end : undefined
    // No event hides it: neither a paused guest nor one that is not there causes any.
    const last = alive ? readLast(files.events, ['started', 'paused', 'resumed', 'restarting']) : undefined
    const [paused, restarting] = [last?.event === 'paused', last?.event === 'restarting']
    const readiness = alive ? await readReadiness(files.events, record) : undefined
    const evidence = { record, alive, paused, restarting, readiness, stopped, bootId: host.bootId() }
    return { name, files, record, state: deriveState(evidence) }
  } catch (error) {
    if (!(error instanceof VoltError) || error.code !== 'STATE_INVALID') throw error
    return { name, files, record: undefined, state: { kind: 'damaged', problem: error.message } }
  }
}

/** Undefined where the manifest has no sign of it. */
async function readReadiness(events: string, record: VmRecord): Promise<ReadinessState | undefined> {
  if (!hasReadiness(record)) return undefined
  const last = await findLast(events, ['started', 'reset', 'restarting', 'ready', 'not-ready'])
  return last?.event === 'ready' || last?.event === 'not-ready' ? last.event : 'pending'
}

/** `running`, `paused`, `restarting`, `stopped (reset)`, `died (killed)`, `damaged`, `never started`. */
export function describeState(state: VmState): string {
  switch (state.kind) {
    case 'never':
      return 'never started'
    case 'running':
      return state.paused ? 'paused' : state.restarting ? 'restarting' : 'running'
    case 'stopped':
      return `stopped (${state.event.reason === 'stopped' ? 'on request' : state.event.reason})`
    case 'died':
      return state.cause === 'killed' ? 'died (killed)' : 'died (host restarted)'
    case 'damaged':
      return 'damaged'
  }
}
