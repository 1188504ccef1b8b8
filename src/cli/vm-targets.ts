// What `destroy` and `stop` are told to act on: names, files that declare VMs, or all of a project.
import { declaredVms } from '../run/declared-names.ts'
import { findVm, projectFor } from '../run/find-vm.ts'
import { checkBinding, vmNames, type Project } from '../state/project.ts'
import { VoltError } from '../volt-error.ts'
import { hasErrors } from './render/diagnostics.ts'
import { InvalidManifests } from './report-error.ts'

export interface TargetOptions {
  all?: true
  project?: string
}

export interface Target {
  project: Project
  names: string[]
}

/** Throws USAGE when there are both names and --all, or neither. */
export async function findTargets(command: string, targets: string[], options: TargetOptions): Promise<Target[]> {
  if ((targets.length === 0) === (options.all !== true)) {
    throw new VoltError('USAGE', `${command} takes names, files or --all`, { hint: 'volt ps lists the names' })
  }
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
