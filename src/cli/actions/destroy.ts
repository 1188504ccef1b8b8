// What `volt destroy` does.
import type { Destroyed } from '../../run/destroy-vm.ts'
import { leaveProject } from '../../run/leave-project.ts'
import { withProjectLock } from '../../state/project-lock.ts'
import { readStatus } from '../../state/vm-state.ts'
import { canAsk } from '../ask.ts'
import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { destroyMachines } from '../destroy-machines.ts'
import { lockOptions } from '../lock-options.ts'
import { allOf } from '../partly-failed.ts'
import { createProgress, type Progress } from '../progress.ts'
import { findTargets, reportNothing, type Target, type TargetOptions } from '../vm-targets.ts'

export interface DestroyOptions extends TargetOptions {
  timeout?: number
  deleteData?: true
  yes?: true
  json?: true
}

type DestroyedOf = Destroyed & { project: string }

export async function destroy(context: Context, targets: string[], options: DestroyOptions): Promise<void> {
  const found = await findTargets('destroy', targets, options)
  if (!options.yes && canAsk(context)) await confirmEnding(found, context)
  const progress = createProgress(context, { silent: options.json === true })
  const results: PromiseSettledResult<DestroyedOf>[] = []
  for (const target of found) results.push(...(await destroyTarget(context, progress, target, options)))
  const destroyed = allOf(
    found.flatMap(({ names }) => names),
    results,
  )
  if (options.json) await context.stdout.line(JSON.stringify({ formatVersion: 1, vms: destroyed }))
  else if (destroyed.length === 0) await reportNothing('destroy', targets, context)
}

/** Asks before anything that runs is ended; the rest is forgotten without a question. */
async function confirmEnding(targets: Target[], context: Context): Promise<void> {
  const running: string[] = []
  for (const { project, names } of targets) {
    for (const name of names) {
      if ((await readStatus(project, name)).state.kind === 'running') running.push(`${name} (${project.name})`)
    }
  }
  if (running.length > 0) await confirm(`end ${running.join(', ')}?`, context)
}

async function destroyTarget(
  context: Context,
  progress: Progress,
  { project, names }: Target,
  { timeout, deleteData }: DestroyOptions,
): Promise<PromiseSettledResult<DestroyedOf>[]> {
  if (names.length === 0) return []
  const request = { deleteData: deleteData === true, ...(timeout !== undefined && { timeoutMs: timeout }) }
  return context.interruption.guard(() =>
    withProjectLock(project, lockOptions(context, progress), async () => {
      try {
        const results = await destroyMachines(context, progress, project, names, request)
        return results.map((result) =>
          result.status === 'rejected' ? result : { ...result, value: { project: project.name, ...result.value } },
        )
      } finally {
        await leaveProject(project)
      }
    }),
  )
}
