// volt destroy: ends VMs and forgets them.
import type { Command } from 'commander'
import { destroyVm, type Destroyed } from '../../run/destroy-vm.ts'
import { STOP_TIMEOUT_MS } from '../../run/stop-vm.ts'
import { withProjectLock } from '../../state/project-lock.ts'
import { removeEmptyProject, type Project } from '../../state/project.ts'
import type { Context } from '../context.ts'
import { lockOptions } from '../lock-options.ts'
import { parseSeconds } from '../parse-seconds.ts'
import { createProgress, type Progress } from '../progress.ts'
import { findTargets, type TargetOptions } from '../vm-targets.ts'

interface DestroyOptions extends TargetOptions {
  timeout?: number
  json?: true
}

export function defineDestroy(program: Command, context: Context): void {
  program
    .command('destroy')
    .description('end VMs and remove their records, logs and plans')
    .argument('[target...]', 'names of VMs, or files that declare them')
    .option('--all', "every VM of the project; without --project, of this directory's")
    .option(
      '--timeout <seconds>',
      `time a VM has to end before it is killed (default: ${STOP_TIMEOUT_MS / 1000})`,
      parseSeconds,
    )
    .option('--json', 'one JSON object on stdout, no progress')
    .option('--project <name>', 'project of the VMs')
    .action(async (targets: string[], options: DestroyOptions) => {
      const found = await findTargets('destroy', targets, options)
      const progress = createProgress(context, { silent: options.json === true })
      const destroyed: (Destroyed & { project: string })[] = []
      for (const { project, names } of found) {
        for (const vm of await destroyAll(context, progress, project, names, options.timeout)) {
          destroyed.push({ project: project.name, ...vm })
        }
      }
      if (options.json) await context.stdout.line(JSON.stringify({ formatVersion: 1, vms: destroyed }))
    })
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
    withProjectLock(project, lockOptions(context), async () => {
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
      await removeEmptyProject(project)
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
