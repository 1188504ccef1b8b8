// What Volt remembers of a VM that it started.
import type { LimitsReport } from '../host/cgroup-limits.ts'
import type { ProcessIdentity } from '../host/process.ts'
import type { Life } from '../plan/life.ts'
import { VoltError } from '../volt-error.ts'
import { readStateJson } from './read-json.ts'
import { writeState } from './state-directory.ts'

/** record.json of a VM's state directory; the process of its keeper by pid, start time and boot. */
export interface VmRecord extends ProcessIdentity {
  formatVersion: 1
  name: string
  /** Digest of the plan that it runs. */
  digest: string
  /** The manifest with its defaults, or null when a saved plan was applied. */
  manifest: object | null
  /** How its process is kept; absent where nothing was said of it. */
  life?: Life
  /** Of its process; absent where nothing was to be limited. */
  limits?: LimitsReport
  /** Name of the file that it was applied from, in the project's directory. */
  file?: string
  /** When its start began, RFC 3339; absent in records of older versions. */
  askedAt?: string
  /** When its keeper was there, RFC 3339. */
  startedAt: string
  vcpus: number
  memoryBytes: number
  /** Whether the machine has a power button, which SIGPWR presses. */
  powerButton: boolean
}

/** Whether the machine's manifest says when it is ready. */
export function hasReadiness({ life }: VmRecord): boolean {
  return life?.readiness !== undefined
}

/** Undefined when there is no record; STATE_INVALID when it is damaged. */
export function readRecord(path: string): VmRecord | undefined {
  const value = readStateJson(path)
  if (value === undefined) return undefined
  const fields: [keyof VmRecord, string][] = [
    ['name', 'string'],
    ['digest', 'string'],
    ['manifest', 'object'],
    ['pid', 'number'],
    ['startTime', 'string'],
    ['bootId', 'string'],
    ['startedAt', 'string'],
    ['vcpus', 'number'],
    ['memoryBytes', 'number'],
    ['powerButton', 'boolean'],
  ]
  const wrong = fields.find(([field, type]) => typeof value[field] !== type)
  if (wrong !== undefined) throw new VoltError('STATE_INVALID', `${path} is damaged: '${wrong[0]}' is missing or wrong`)
  return value as unknown as VmRecord
}

export async function writeRecord(path: string, record: VmRecord): Promise<void> {
  await writeState(path, JSON.stringify(record, undefined, 2) + '\n')
}
