// The changes of a plan as findings: of the line where the machine has its name.
import { kindsOf, type ShownPlan } from '../shown-plan.ts'
import type { Finding } from './finding.ts'
import { verbOf, type PlannedKind } from './plan-changes.ts'

/** Codes are `plan.restart` and so on; a machine that stays as it is has none. */
export function changeFindings(plan: ShownPlan): Finding[] {
  const { file, steps, left, prune } = plan
  const changed = steps
    .filter(({ change }) => change.kind !== 'none')
    .map(({ vm, change: { kind, reasons } }): Finding => {
      const why = reasons.map(({ text }) => text).join('; ')
      return { ...note(kind, `${vm.name} ${verbOf(kind)}: ${why}`), ...(vm.declared ? placeOf(vm.declared) : { file }) }
    })
  const gone = left.map(({ name, why, description }): Finding => {
    const [kind, what] = prune ? (['destroy', verbOf('destroy')] as const) : (['left', 'is left'] as const)
    return { ...note(kind, `${name} ${what}: ${why}; it is ${description}`), file }
  })
  return [...changed, ...gone]
}

/** Whether the plan changes something. */
export function hasChanges(plan: ShownPlan): boolean {
  return kindsOf(plan).some((kind) => kind !== 'none')
}

function note(kind: PlannedKind | 'left', message: string): Pick<Finding, 'code' | 'severity' | 'message'> {
  return { code: `plan.${kind}`, severity: 'note', message }
}

function placeOf({
  file,
  start,
  end,
}: Pick<Required<Finding>, 'file' | 'start' | 'end'>): Omit<Finding, 'code' | 'severity' | 'message'> {
  return { file, start, end }
}
