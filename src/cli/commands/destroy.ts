// volt destroy: ends VMs and forgets them.
import type { Command } from 'commander'
import { declaredVms } from '../../run/declared-names.ts'
import { destroyVm, type Destroyed } from '../../run/destroy-vm.ts'
import { findVm, projectFor } from '../../run/find-vm.ts'
import { STOP_TIMEOUT_MS } from '../../run/stop-vm.ts'
import { withProjectLock } from '../../state/project-lock.ts'
import { checkBinding, removeEmptyProject, vmNames, type Project } from '../../state/project.ts'
import { VoltError } from '../../volt-error.ts'
import type { Context } from '../context.ts'
import { lockOptions } from '../lock-options.ts'
import { parseSeconds } from '../parse-seconds.ts'
import { createProgress, type Progress } from '../progress.ts'
import { hasErrors } from '../render/diagnostics.ts'
import { InvalidManifests } from '../report-error.ts'

interface DestroyOptions {
  all?: true
  timeout: number
  json?: true
  project?: string
}

interface Target {
  project: Project
  names: string[]
}

export function defineDestroy(program: Command, context: Context): void {
  program
    .command('destroy')
    .description('end VMs and remove their records, logs and plans')
    .argument('[target...]', 'names of VMs, or files that declare them')
    .option('--all', "every VM of the project; without --project, of this directory's")
    .option('--timeout <seconds>', 'time a VM has to end before it is killed', parseSeconds, STOP_TIMEOUT_MS)
    .option('--json', 'one JSON object on stdout, no progress')
    .option('--project <name>', 'project of the VMs')
    .action(async (targets: string[], options: DestroyOptions) => {
      if ((targets.length === 0) === (options.all !== true)) {
        throw new VoltError('USAGE', 'destroy takes names, files or --all', { hint: 'volt ps lists the names' })
      }
      const progress = createProgress(context, { silent: options.json === true })
      const destroyed: (Destroyed & { project: string })[] = []
      for (const { project, names } of await findTargets(targets, options)) {
        for (const vm of await destroyAll(context, progress, project, names, options.timeout)) {
          destroyed.push({ project: project.name, ...vm })
        }
      }
      if (options.json) await context.stdout.line(JSON.stringify({ formatVersion: 1, vms: destroyed }))
    })
}

async function findTargets(targets: string[], options: DestroyOptions): Promise<Target[]> {
  const directory = process.cwd()
  if (options.all) {
    const project = projectFor(directory, options.project)
    return [{ project, names: await vmNames(project) }]
  }
  const found: Target[] = []
  for (const target of targets) {
    if (isFileName(target)) found.push(await declaredTarget(target, options.project))
    else {
      const { project, name } = await findVm(target, options.project, directory)
      found.push({ project, names: [name] })
    }
  }
  return found
}

/** A VM's name has neither a slash nor a dot. */
function isFileName(target: string): boolean {
  return /[/.]/.test(target)
}

async function declaredTarget(path: string, projectName: string | undefined): Promise<Target> {
  const { names, directory, diagnostics, source, file } = await declaredVms(path)
  if (hasErrors(diagnostics)) throw new InvalidManifests(diagnostics, new Map([[file, source]]))
  const project = projectFor(directory, projectName)
  await checkBinding(project, directory)
  const known = await vmNames(project)
  return { project, names: names.filter((name) => known.includes(name)) }
}

async function destroyAll(
  context: Context,
  progress: Progress,
  project: Project,
  names: string[],
  timeoutMs: number,
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
