// Compares what is declared with what runs, and says what has to be done.
import { isDeepStrictEqual } from 'node:util'
import { backendNames } from '../plan/backends.ts'
import { describeState, type VmStatus } from '../state/vm-state.ts'
import { explainChange } from './explain-change.ts'
import { readSavedPlan, type RunnableVm } from './runnable-vm.ts'

/** Classes of change: none, live (`record`), start, restart. */
export interface Change {
  kind: 'none' | 'record' | 'start' | 'restart'
  /** Why, for people: `not running`, `died (killed)`, `vcpus.count: 2 → 4`. */
  reasons: string[]
}

/** `record` is a change of fields that the guest does not see, such as labels: written down, nothing restarted. */
export async function decideChange(vm: RunnableVm, status: VmStatus): Promise<Change> {
  const { record, state } = status
  if (state.kind === 'never') return { kind: 'start', reasons: ['new'] }
  if (state.kind === 'damaged') return { kind: 'start', reasons: [state.problem] }
  if (state.kind !== 'running' || record === undefined) return { kind: 'start', reasons: [describeState(state)] }
  const manifest = vm.spec ?? null
  const runs = await readSavedPlan(status.files.plan)
  const plan = record.digest === vm.digest ? vm.plan : runs.plan
  const reasons = explainChange({ manifest: record.manifest, plan }, { manifest, plan: vm.plan })
  if (record.digest !== vm.digest) return { kind: 'restart', reasons: reasons.length > 0 ? reasons : ['boot plan'] }
  // A plan says how large a disk is, not which file it is, nor what a network is attached to.
  const moved = movedBackends(vm, runs.sources)
  if (moved.length > 0) return { kind: 'restart', reasons: reasons.length > 0 ? reasons : moved }
  if (manifest !== null && !isDeepStrictEqual(record.manifest, plainJson(manifest))) return { kind: 'record', reasons }
  return { kind: 'none', reasons: [] }
}

function movedBackends({ plan, sources }: RunnableVm, before: Record<string, string> | undefined): string[] {
  if (before === undefined) return []
  return backendNames(plan)
    .filter((name) => sources[name] !== before[name])
    .map((name) => `${name}: ${before[name] ?? 'none'} → ${sources[name] ?? 'none'}`)
}

function plainJson(value: object): unknown {
  return JSON.parse(JSON.stringify(value))
}
