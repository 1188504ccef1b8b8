// volt plan --compare: whether a manifest gives the plan that was saved elsewhere, and why not.
import { readFile } from 'node:fs/promises'
import { parsePlanFile } from '../plan/plan-file.ts'
import { comparePlans } from '../run/compare-plans.ts'
import type { RunnableVm } from '../run/runnable-vm.ts'
import { VoltError } from '../volt-error.ts'
import type { Context } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { printable } from './render/display-text.ts'

export interface ComparePlanOptions {
  json?: true
  detailedExitcode?: true
}

/** Throws FILE_UNREADABLE, PLAN_INVALID, or NO_SUCH_VM where none of `vms` is the plan's. */
export async function comparePlan(
  context: Context,
  path: string,
  vms: readonly RunnableVm[],
  { json, detailedExitcode }: ComparePlanOptions,
): Promise<void> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new VoltError('FILE_UNREADABLE', `${path} cannot be read: ${(cause as Error).message}`, { cause })
  })
  const { plan, digest } = parsePlanFile(text)
  const vm = vms.find(({ name }) => name === plan.name) ?? (vms.length === 1 ? vms[0] : undefined)
  if (vm === undefined) throw new VoltError('NO_SUCH_VM', `${path} is the plan of '${plan.name}', which is not here`)
  const differences = digest === vm.digest ? [] : comparePlans(plan, vm.plan)
  if (differences.length > 0 && detailedExitcode) context.exitCode = EXIT.changesPending
  if (json) {
    const result = { formatVersion: 1, name: vm.name, saved: digest, digest: vm.digest, differences }
    return context.stdout.line(JSON.stringify(result))
  }
  if (differences.length === 0) return context.stdout.line(printable(`${vm.name}: the same plan, ${digest}`))
  const lines = differences.map(({ part, text: what }) => printable(`  ${part}: ${what}`))
  await context.stdout.write([`${vm.name}: another plan`, `  ${digest} → ${vm.digest}`, ...lines, ''].join('\n'))
}
