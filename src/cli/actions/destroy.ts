// What `volt destroy` does.
import { destroyVm, type Destroyed } from '../../run/destroy-vm.ts'
import { leaveProject } from '../../run/leave-project.ts'
import { withProjectLock } from '../../state/project-lock.ts'
import type { Project } from '../../state/project.ts'
import { readStatus } from '../../state/vm-state.ts'
import { canAsk, confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { lockOptions } from '../lock-options.ts'
import { createProgress, type Progress } from '../progress.ts'
import { findTargets, reportNothing, type Target, type TargetOptions } from '../vm-targets.ts'

export interface DestroyOptions extends TargetOptions {
  timeout?: number
  yes?: true
  json?: true
}

export async function destroy(context: Context, targets: string[], options: DestroyOptions): Promise<void> {
  const found = await findTargets('destroy', targets, options)
  if (!options.yes && canAsk(context)) await confirmEnding(found, context)
  const progress = createProgress(context, { silent: options.json === true })
  const destroyed: (Destroyed & { project: string })[] = []
  for (const { project, names } of found) {
    for (const vm of await destroyAll(context, progress, project, names, options.timeout)) {
      destroyed.push({ project: project.name, ...vm })
    }
  }
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

async function destroyAll(
  context: Context,
  progress: Progress,
  project: Project,
  names: string[],
  timeoutMs: number | undefined,
): Promise<Destroyed[]> {
  if (names.length === 0) return []
  return context.interruption.guard(() =>
    withProjectLock(project, lockOptions(context, progress), async () => {
      const destroyed: Destroyed[] = []
      for (const name of names) {
        context.interruption.signal.throwIfAborted()
        destroyed.push(
          await progress.stage(`Destroy ${name}`, async (stage) => {
            const result = await destroyVm(project, name, timeoutMs)
            stage.title(`${name} destroyed, ${describe(result)}`)
            return result
          }),
        )
      }
      await leaveProject(project)
      return destroyed
    }),
  )
}

function describe({ was, ended }: Destroyed): string {
  switch (ended) {
    case 'gone':
      return `it was ${was}`
    case 'stopped':
      return 'it was running and ended by SIGTERM'
    case 'killed':
      return 'it was running and had to be killed by SIGKILL'
  }
}
