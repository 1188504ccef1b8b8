// The lock that follows from an older one and from what is there.
import type { Lock, LockedMachines } from '../../manifest/lock.gen.ts'
import { compareMachines, compareSchema, type FoundMachines, type LockDifference } from './compare-lock.ts'
import { emptyLock } from './lock-file.ts'

export interface LockUpdate {
  /** Names of machines of which what is new counts; `all`, the schema's as well. */
  update: readonly string[] | 'all'
  /** By name of the manifest. */
  found: ReadonlyMap<string, FoundMachines>
  /** Manifests of the lock that are not there any more. */
  gone: readonly string[]
}

export interface UpdatedLock {
  lock: Lock
  /** What was written down, or forgotten. */
  done: LockDifference[]
  /** What differs and was not to be updated: nothing is to be written then. */
  refused: LockDifference[]
}

/** `before` is absent where there is no lock yet. */
export function updateLock(before: Lock | undefined, { update, found, gone }: LockUpdate): UpdatedLock {
  const old = before ?? emptyLock()
  const differences = [
    ...compareSchema(old),
    ...[...found].flatMap(([manifest, machines]) => compareMachines(old, manifest, machines, true)),
    ...gone.map((manifest): LockDifference => ({ kind: 'stale', manifest })),
  ]
  const mayChange = ({ machine, field }: LockDifference): boolean =>
    field === undefined || update === 'all' || (machine !== undefined && update.includes(machine))
  const manifests: Record<string, LockedMachines> = { ...old.manifests }
  for (const manifest of gone) delete manifests[manifest]
  for (const [manifest, machines] of found) {
    if (machines.size > 0) manifests[manifest] = Object.fromEntries(machines)
    else delete manifests[manifest]
  }
  const { lockVersion, schema } = update === 'all' ? emptyLock() : old
  return {
    lock: { lockVersion, schema, manifests },
    done: differences.filter(mayChange),
    refused: differences.filter((difference) => !mayChange(difference)),
  }
}
