// Asks, once, whether what runs may be ended: restarted, replaced by a machine without its data, or destroyed.
import type { Change } from '../run/decide-change.ts'
import type { LeftVm } from '../run/plan-project.ts'
import { VoltError } from '../volt-error.ts'
import { canAsk } from './ask.ts'
import { confirm } from './confirm.ts'
import type { Context } from './context.ts'

interface Step {
  vm: { name: string }
  change: Change
}

/** `pruned` are machines that are going to be destroyed. Throws DECLINED with the reasons, also where nobody can be asked. */
export async function confirmChanges(
  steps: readonly Step[],
  pruned: readonly LeftVm[],
  context: Context,
): Promise<void> {
  const restarts = steps.filter(({ change }) => change.kind === 'restart')
  const replaced = steps.filter(({ change }) => change.kind === 'replace')
  const ended = pruned.filter(({ status }) => status.state.kind === 'running')
  const actions = [
    { verb: 'restart', doing: 'restarting', names: namesOf(restarts) },
    { verb: 'replace', doing: 'replacing', names: namesOf(replaced) },
    { verb: 'destroy', doing: 'destroying', names: ended.map(({ name }) => name) },
  ].filter(({ names }) => names.length > 0)
  if (actions.length === 0) return
  if (canAsk(context)) {
    return confirm(`${actions.map(({ verb, names }) => `${verb} ${names.join(', ')}`).join('; ')}?`, context)
  }
  const changed = [...restarts, ...replaced]
  const several = changed.length + ended.length > 1
  const reasons = [
    ...changed.flatMap(({ vm, change }) => whyOf(change).map((text) => (several ? `${vm.name} ${text}` : text))),
    ...ended.map(({ name, why }) => (several ? `${name}: ${why}` : why)),
  ]
  const what = actions.map(({ doing, names }) => `${doing} ${names.join(', ')}`).join(' and ')
  throw new VoltError('DECLINED', `${what} needs agreement: ${reasons.join('; ')}`, {
    hint: 'say --yes to agree beforehand',
  })
}

function whyOf({ reasons, leaves }: Change): string[] {
  return [
    ...reasons.map(({ text }) => text),
    ...leaves.map((path) => `what its guest wrote to ${path} is not used any more`),
  ]
}

function namesOf(steps: readonly Step[]): string[] {
  return steps.map(({ vm }) => vm.name)
}
