// Where a lock and what is there differ.
import type { Lock, LockedMachine } from '../../manifest/lock.gen.ts'
import { differencesOf } from '../differences.ts'
import { API_VERSION, schemaDigest } from './schema-digest.ts'

/** missing: the lock does not have it. stale: only the lock has it. */
export type LockDifferenceKind = 'differs' | 'missing' | 'stale'

export interface LockDifference {
  kind: LockDifferenceKind
  /** Name of the manifest beside the lock; absent for the schema. */
  manifest?: string
  machine?: string
  /** Such as `disks.root.sha256`; absent where all of a machine is meant. */
  field?: string
  /** As locked. */
  from?: unknown
  /** As found. */
  to?: unknown
}

/** Machines of a manifest as they are, by name. */
export type FoundMachines = ReadonlyMap<string, LockedMachine>

/** Empty when the same schema was used. */
export function compareSchema({ schema }: Lock): LockDifference[] {
  const now = { apiVersion: API_VERSION, sha256: schemaDigest() }
  return differencesOf(schema, now).map(({ field, from, to }) => ({
    kind: 'differs',
    field: `schema.${field}`,
    from,
    to,
  }))
}

/** `whole`: machines that only the lock has are differences, too. */
export function compareMachines(lock: Lock, manifest: string, found: FoundMachines, whole: boolean): LockDifference[] {
  const locked = Object.hasOwn(lock.manifests, manifest) ? (lock.manifests[manifest] ?? {}) : {}
  const now = [...found].flatMap(([machine, made]): LockDifference[] => {
    const before = Object.hasOwn(locked, machine) ? locked[machine] : undefined
    if (before === undefined) return [{ kind: 'missing', manifest, machine }]
    return differencesOf(before, made).map(({ field, from, to }) => {
      const kind = from === undefined ? 'missing' : to === undefined ? 'stale' : 'differs'
      return { kind, manifest, machine, field, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
    })
  })
  const gone = whole ? Object.keys(locked).filter((machine) => !found.has(machine)) : []
  return [...now, ...gone.map((machine): LockDifference => ({ kind: 'stale', manifest, machine }))]
}

/** `web: kernel.sha256: 4a5e… → 9b1c…`. */
export function describeDifference({ kind, manifest = '', machine, field, from, to }: LockDifference): string {
  if (field === 'schema.sha256') return `the manifest's schema is another: ${shown(from)} → ${shown(to)}`
  if (machine === undefined) return `${manifest || field}: the lock has it, and it is not there`
  const what = field === undefined ? machine : `${machine}: ${field}`
  if (kind === 'missing') return `${what} is not in the lock`
  if (kind === 'stale')
    return field === undefined ? `${manifest} has no machine ${machine} any more` : `${what} is in the lock only`
  return `${what}: ${shown(from)} → ${shown(to)}`
}

/** Of a digest its beginning, of a file its path. */
function shown(value: unknown): string {
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return `${value.slice(0, 12)}…`
  return typeof value === 'string' || typeof value === 'number' ? String(value) : 'another'
}
