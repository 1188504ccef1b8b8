// What apply says before it begins: the plan, or in one line that there is nothing to do.
import { describeState } from '../state/vm-state.ts'
import type { ProjectPlan } from '../run/plan-project.ts'
import type { Context } from './context.ts'
import { printable } from './render/display-text.ts'
import { highlights } from './render/plan.ts'
import { renderChange, renderLeft, renderTotals } from './render/plan-changes.ts'
import { plural } from './render/units.ts'

export interface PendingOptions {
  prune?: true
  json?: true
}

/** On stderr; nothing under --json. */
export async function showPending(
  { stderr, json }: Context,
  file: string,
  { steps, left }: ProjectPlan,
  options: PendingOptions,
): Promise<void> {
  if (json) return
  const prune = options.prune === true
  const { style } = stderr
  const pending = steps.filter(({ change }) => change.kind !== 'none')
  const others = left.map(({ name, why, status }) =>
    renderLeft({ name, why, state: describeState(status.state) }, prune, style),
  )
  if (pending.length === 0 && (left.length === 0 || !prune)) {
    await stderr.line(printable(`${file}: ${plural(steps.length, 'machine')} unchanged, nothing to do`))
    return void (await stderr.write(others.join('')))
  }
  const machines = pending.map(({ vm, change }) => {
    const lines = change.kind === 'start' ? highlights(vm).map((line) => `  ${printable(line)}\n`) : []
    return renderChange(vm.name, change, style) + lines.join('')
  })
  const kinds = [...steps.map(({ change }) => change.kind), ...(prune ? left.map(() => 'destroy' as const) : [])]
  await stderr.write([...machines, ...others, renderTotals(kinds)].join(''))
}
