// Asks whether machines that run and have changed may be restarted.
import type { Change } from '../run/decide-change.ts'
import { VoltError } from '../volt-error.ts'
import { canAsk, confirm } from './confirm.ts'
import type { Context } from './context.ts'
import { printable } from './render/display-text.ts'

interface Step {
  vm: { name: string }
  change: Change
}

/** Throws DECLINED with the reasons, also where nobody can be asked. */
export async function confirmRestarts(steps: readonly Step[], context: Context): Promise<void> {
  const restarts = steps.filter(({ change }) => change.kind === 'restart')
  if (restarts.length === 0) return
  const names = restarts.map(({ vm }) => vm.name).join(', ')
  if (!canAsk(context)) {
    const reasons = restarts.flatMap(({ vm, change }) =>
      change.reasons.map((reason) => (restarts.length > 1 ? `${vm.name} ${reason}` : reason)),
    )
    throw new VoltError('DECLINED', `restarting ${names} needs agreement: ${reasons.join('; ')}`, {
      hint: 'say --yes to agree beforehand',
    })
  }
  for (const { vm, change } of restarts) {
    await context.stderr.line(`${vm.name} runs and has changed:`)
    for (const reason of change.reasons) await context.stderr.line(`  ${printable(reason)}`)
  }
  await confirm(`restart ${names}?`, context)
}
