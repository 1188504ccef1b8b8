// Changes as --json has them.
import type { Change } from '../run/decide-change.ts'
import type { LeftVm } from '../run/plan-project.ts'
import { describeState } from '../state/vm-state.ts'

/** `reasons` for people; `fields` are those that have a name, with values as a manifest has them. */
export function changeJson({ kind, reasons, leaves, stops }: Change): object {
  const fields = reasons.flatMap(({ field, from, to, class: name }) =>
    field === undefined ? [] : [{ field, from, to, class: name }],
  )
  return { change: kind, stops, reasons: reasons.map(({ text }) => text), fields, leaves }
}

export function leftJson({ name, status, why }: LeftVm): object {
  return { name, state: status.state.kind, description: describeState(status.state), why }
}
