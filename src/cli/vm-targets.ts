// What `destroy` and `stop` are told to act on: names, files that declare VMs, or all of a project.
import { declaredVms } from '../run/declared-names.ts'
import { boundProject, findVm, projectFor, runningVms } from '../run/find-vm.ts'
import { checkBinding, vmNames } from '../state/project.ts'
import type { Project } from '../state/project-name.ts'
import { VoltError } from '../volt-error.ts'
import type { Context } from './context.ts'
import { hasErrors } from './render/diagnostics.ts'
import { printable } from './render/display-text.ts'
import { InvalidManifests } from './report-error.ts'
import { variablesOf, type VariableOptions } from './variable-options.ts'

export interface TargetOptions extends VariableOptions {
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
    const project = await projectHere(directory, options.project)
    return project === undefined ? [] : [{ project, names: await vmNames(project) }]
  }
  const found: Target[] = []
  for (const target of targets) {
    if (isFileName(target)) found.push(...(await declaredTarget(target, options)))
    else {
      const { project, name } = await findVm(target, options.project, directory)
      found.push({ project, names: [name] })
    }
  }
  return found
}

/** Says that there is nothing to act on, and where VMs do run. */
export async function reportNothing(command: string, targets: string[], { stderr }: Context): Promise<void> {
  const where = targets.length === 0 ? 'there are no machines here' : `no machine of ${targets.join(', ')} is there`
  await stderr.line(printable(`nothing to ${command}: ${where}`))
  const names = new Map<string, string[]>()
  for (const { project, name } of await runningVms()) {
    names.set(project.name, [...(names.get(project.name) ?? []), name])
  }
  if (names.size === 0) return
  const elsewhere = [...names].map(([project, vms]) => `${vms.join(', ')} (${project})`)
  await stderr.line(`running elsewhere: ${elsewhere.join('; ')}`)
}

/** A VM's name has neither a slash nor a dot; `-` is standard input. */
function isFileName(target: string): boolean {
  return target === '-' || /[/.]/.test(target)
}

/** The named project; without a name the one that is bound to the directory. */
async function projectHere(directory: string, name: string | undefined): Promise<Project | undefined> {
  return name === undefined ? boundProject(directory) : projectFor(directory, name)
}

async function declaredTarget(path: string, options: TargetOptions): Promise<Target[]> {
  const { names, directory, diagnostics, sources } = await declaredVms(path, variablesOf(options))
  if (hasErrors(diagnostics)) throw new InvalidManifests(diagnostics, sources)
  const project = await projectHere(directory, options.project)
  if (project === undefined) return []
  await checkBinding(project, directory)
  const known = await vmNames(project)
  return [{ project, names: names.filter((name) => known.includes(name)) }]
}
