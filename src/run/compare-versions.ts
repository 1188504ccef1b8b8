// What differs between two versions of a file, whatever runs: for a change that is still to be agreed to.
import type { Change } from './decide-change.ts'
import { explainChange, type Reason } from './explain-change.ts'
import { liveRequests } from './live-requests.ts'
import { keepsAlike } from './machine-life.ts'
import type { RunnableVm } from './runnable-vm.ts'

export interface ComparedVersions {
  /** In the order of the newer version. */
  steps: { vm: RunnableVm; change: Change }[]
  /** Names that only the older one has. */
  gone: string[]
}

/** What a machine that runs as the older version says would take to become as the newer one says. */
export function compareVersions(before: readonly RunnableVm[], after: readonly RunnableVm[]): ComparedVersions {
  const steps = after.map((vm) => {
    const old = before.find(({ name }) => name === vm.name)
    return { vm, change: old === undefined ? start() : changeBetween(old, vm) }
  })
  const gone = before.map(({ name }) => name).filter((name) => !after.some((vm) => vm.name === name))
  return { steps, gone }
}

function start(): Change {
  return { kind: 'start', reasons: [{ text: 'new' }], requests: [], leaves: [], stops: false }
}

function changeBetween(old: RunnableVm, now: RunnableVm): Change {
  const reasons = explainChange(
    { manifest: old.spec ?? null, plan: old.plan },
    { manifest: now.spec ?? null, plan: now.plan },
  )
  const requests = liveRequests(old.plan, now.plan)
  if (requests === undefined || !keepsAlike(old.life, now.life) || reasons.some(opensAnother)) {
    const leaves = leftOverlays(old, now)
    return { kind: leaves.length > 0 ? 'replace' : 'restart', reasons, requests: [], leaves, stops: true }
  }
  if (requests.length > 0) return { kind: 'live', reasons, requests, leaves: [], stops: false }
  return { kind: reasons.length > 0 ? 'record' : 'none', reasons, requests: [], leaves: [], stops: false }
}

/** A plan says how large a disk is, not which file, nor what a network is attached to. */
function opensAnother({ field = '', class: name }: Reason): boolean {
  return /^(?:disks|networks|shares|vsock)\b/.test(field) && name === 'restart'
}

/** Overlays of Volt's own that only the older version uses, by disk and image. */
function leftOverlays(old: RunnableVm, now: RunnableVm): string[] {
  const overlaysOf = ({ spec }: RunnableVm): string[] =>
    (spec?.disks ?? []).flatMap(({ name, path, overlay }) => (overlay === true ? [`${name} over ${path}`] : []))
  const kept = overlaysOf(now)
  return overlaysOf(old).filter((overlay) => !kept.includes(overlay))
}
