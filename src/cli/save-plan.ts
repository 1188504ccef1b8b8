// Saving a plan: never over anything but an older plan.
import { realpath, stat } from 'node:fs/promises'
import { isPlanFile } from '../run/open-plan.ts'
import type { PlanBasis } from '../plan/plan-file.ts'
import { planFileText, type RunnableVm } from '../run/runnable-vm.ts'
import { writeAtomic } from '../state/write-atomic.ts'
import { VoltError } from '../volt-error.ts'
import type { Context } from './context.ts'
import { printable } from './render/display-text.ts'
import { writeFailure } from './write-failure.ts'

/** Readable to whoever the umask lets: a plan is there to be passed on. */
const PLAN_MODE = 0o666

/** Throws USAGE when the plan would take the place of the file it is made from, or of one that is no saved plan. */
export async function checkOutput(output: string, input: string): Promise<void> {
  const existing = await stat(output).catch(() => undefined)
  if (existing === undefined) return
  const read = await stat(input).catch(() => undefined)
  const hint = 'name a new file, or a saved plan to replace'
  if (read !== undefined && read.ino === existing.ino && read.dev === existing.dev) {
    throw new VoltError('USAGE', `${output} is what the plan is made from`, { hint })
  }
  if (!(await isPlanFile(output))) throw new VoltError('USAGE', `${output} exists and is no saved plan`, { hint })
}

/** Throws FILE_UNWRITABLE. */
export async function savePlan(
  output: string,
  vm: RunnableVm,
  basis: PlanBasis | undefined,
  { stderr, json }: Context,
): Promise<void> {
  try {
    // A link stays, and what it names is replaced.
    await writeAtomic(await realpath(output).catch(() => output), planFileText(vm, basis), PLAN_MODE)
  } catch (cause) {
    throw writeFailure(output, cause)
  }
  if (json) return
  const where = vm.provision === undefined ? '' : ', where its disk for cloud-init is already: a plan does not hold it'
  await stderr.line(printable(`saved the plan of ${vm.name}; \`volt apply ${output}\` makes it so${where}`))
}
