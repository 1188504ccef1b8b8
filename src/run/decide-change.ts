// Compares what is declared with what runs, and says what has to be done.
import { isDeepStrictEqual } from 'node:util'
import type { ProcessIdentity } from '../host/process.ts'
import { backendNames } from '../plan/backends.ts'
import type { Limits } from '../plan/life.ts'
import { inWords } from '../manifest/spec-words.ts'
import { describeState, type VmStatus } from '../state/vm-state.ts'
import { findKeeper } from './find-keeper.ts'
import type { ControlRequest } from './control-protocol.ts'
import { contentOf, explainChange, type Reason } from './explain-change.ts'
import { keepsAlike, newLimits } from './machine-life.ts'
import { liveRequests } from './live-requests.ts'
import { leftOverlays } from './own-overlays.ts'
import { isSeedSource } from './seed-disk.ts'
import { readSavedPlan, type RunnableVm } from './runnable-vm.ts'
import { runningVersion } from './running-version.ts'

/**
 * `record` is a change that the machine does not see, such as of labels: written down. `live` is made while it runs.
 * `replace` starts or restarts it without what its guest wrote before.
 */
export type ChangeKind = 'none' | 'record' | 'live' | 'start' | 'restart' | 'replace'

export interface Change {
  kind: ChangeKind
  /** Why: `not running`, `died (killed)`, `vcpus: 2 → 4`. */
  reasons: Reason[]
  /** What to ask of the machine; of a live change. */
  requests: ControlRequest[]
  /** What its cgroup is to limit instead; of a live change. */
  limits?: Limits
  /** Paths of overlays that the machine leaves behind; of a replacement. */
  leaves: string[]
  /** Whether the machine runs and would be ended. */
  stops: boolean
  /** What runs of a machine whose record cannot be read. */
  stray?: ProcessIdentity
}

/** Throws STATE_INVALID. */
export async function decideChange(vm: RunnableVm, status: VmStatus): Promise<Change> {
  const { record, state, files } = status
  if (state.kind === 'damaged') {
    const stray = await findKeeper(files.directory)
    if (stray !== undefined)
      return { ...nothing, kind: 'restart', reasons: [{ text: state.problem }], stops: true, stray }
  }
  if (state.kind !== 'running' || record === undefined) {
    const leaves = await leftOverlays(vm, files, await readSavedPlan(files.plan))
    return {
      ...nothing,
      kind: leaves.length > 0 ? 'replace' : 'start',
      reasons: [{ text: whyToStart(status) }],
      leaves,
    }
  }
  const runs = await runningVersion(status)
  const reasons = explainChange(
    { manifest: runs.manifest, plan: runs.plan },
    { manifest: vm.spec ?? null, plan: vm.plan },
  )
  const { contents, moved } = movedBackends(vm, runs.sources)
  const requests = runs.plan === undefined ? undefined : liveRequests(runs.plan, vm.plan)
  const isSame =
    (runs.plan === undefined ? record.digest === vm.digest : requests !== undefined) && keepsAlike(runs.life, vm.life)
  if (!isSame || moved.length > 0 || contents.length > 0) {
    const leaves = await leftOverlays(vm, files, runs)
    // What Volt makes something from differs by itself, whatever else does.
    const isSaid = (field = ''): boolean => reasons.some((reason) => reason.field?.startsWith(`${field}.`))
    const why = [...(reasons.length > 0 ? reasons : moved), ...contents.filter(({ field }) => !isSaid(field))]
    return {
      kind: leaves.length > 0 ? 'replace' : 'restart',
      reasons: why.length > 0 ? why : [{ text: 'boot plan', class: 'restart' }],
      requests: [],
      leaves,
      stops: true,
    }
  }
  // Its cgroup outlives the boots of its guest.
  const limits = newLimits(record.life, vm.life)
  if (requests !== undefined && (requests.length > 0 || limits !== undefined)) {
    const rebooted = runs.rebooted ? [{ text: 'its guest has rebooted since the last change' }] : []
    return { ...nothing, kind: 'live', reasons: [...reasons, ...rebooted], requests, ...(limits && { limits }) }
  }
  const moves = vm.file === undefined || vm.file === record.file ? [] : [movedFile(record.file, vm.file)]
  const isWritten = record.digest === vm.digest && isWrittenDown(vm, record.manifest) && moves.length === 0
  return isWritten ? nothing : { ...nothing, kind: 'record', reasons: [...reasons, ...moves] }
}

const nothing: Change = { kind: 'none', reasons: [], requests: [], leaves: [], stops: false }

function whyToStart({ state }: VmStatus): string {
  if (state.kind === 'never') return 'new'
  return state.kind === 'damaged' ? state.problem : describeState(state)
}

interface MovedBackends {
  /** Of disks that Volt makes. */
  contents: Reason[]
  moved: Reason[]
}

/** A plan says how large a disk is, not which file it is, nor what a network is attached to. */
function movedBackends({ plan, sources, spec }: RunnableVm, before: Record<string, string> | undefined): MovedBackends {
  if (before === undefined) return { contents: [], moved: [] }
  const names = backendNames(plan).filter((name) => sources[name] !== before[name])
  const made = new Map<string, string>(
    (spec?.disks ?? []).flatMap(({ name, from }) => (from ? [[`disk-${name}`, name] as const] : [])),
  )
  const found: MovedBackends = { contents: [], moved: [] }
  for (const name of names) {
    const [from, to, disk] = [before[name], sources[name], made.get(name)]
    if (isSeedSource(to)) found.contents.push(contentOf('provision'))
    else if (disk !== undefined) found.contents.push(contentOf(`disks.${disk}`))
    else
      found.moved.push({
        text: `${name}: ${from ?? 'none'} → ${to ?? 'none'}`,
        field: name,
        from,
        to,
        class: 'restart',
      })
  }
  return found
}

function movedFile(from: string | undefined, to: string): Reason {
  return { text: `declared in: ${from ?? 'none'} → ${to}`, class: 'none' }
}

/** In words: what an older version of Volt left out is no change. */
function isWrittenDown({ spec }: RunnableVm, manifest: object | null): boolean {
  if (spec === undefined) return true
  return manifest !== null && isDeepStrictEqual(plainJson(inWords(manifest)), plainJson(inWords(spec)))
}

function plainJson(value: object): unknown {
  return JSON.parse(JSON.stringify(value))
}
