// A plan as every format shows it, whether it is compared with what runs or with another version of the file.
import type { Change } from '../run/decide-change.ts'
import type { ComparedVersions } from '../run/compare-versions.ts'
import type { ProjectPlan } from '../run/plan-project.ts'
import type { RunnableVm } from '../run/runnable-vm.ts'
import { describeState } from '../state/vm-state.ts'
import type { PlannedKind } from './render/plan-changes.ts'

export interface ShownPlan {
  /** As the user named it. */
  file: string
  steps: { vm: RunnableVm; change: Change }[]
  left: ShownLeft[]
  /** Whether machines that the file does not declare any more go. */
  prune: boolean
}

/** A machine that the file does not declare any more. */
export interface ShownLeft {
  name: string
  /** `running`, `stopped`, …; `declared` where only the file's other version is known. */
  state: string
  /** For people. */
  description: string
  why: string
}

export function shownProject(file: string, { steps, left }: ProjectPlan, prune: boolean): ShownPlan {
  const machines = left.map(({ name, status: { state }, why }) => {
    return { name, state: state.kind, description: describeState(state), why }
  })
  return { file, steps, left: machines, prune }
}

export function shownVersions(file: string, against: string, compared: ComparedVersions, prune: boolean): ShownPlan {
  const left = compared.gone.map((name) => {
    return {
      name,
      state: 'declared',
      description: `declared in ${against}`,
      why: `${file} does not declare it any more`,
    }
  })
  return { file, steps: compared.steps, left, prune }
}

/** What happens to every machine that something happens to, or would with --prune. */
export function kindsOf({ steps, left, prune }: ShownPlan): PlannedKind[] {
  return [...steps.map(({ change }) => change.kind), ...(prune ? left.map(() => 'destroy' as const) : [])]
}
