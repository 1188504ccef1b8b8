// Finds VMs by the names a user gives: in a named project, in that of the directory, or wherever there is just one.
import { allProjects, boundDirectory, checkBinding, vmNames } from '../state/project.ts'
import { projectNamed, projectNameOf, type Project } from '../state/project-name.ts'
import { readStatus } from '../state/vm-state.ts'
import { VoltError } from '../volt-error.ts'

export interface FoundVm {
  project: Project
  name: string
}

/** The projects a command without names is about: the named one, or all. */
export async function selectProjects(projectName: string | undefined): Promise<Project[]> {
  return projectName === undefined ? allProjects() : [projectNamed(projectName)]
}

/** Throws NO_SUCH_VM when no project has it, USAGE when several have. */
export async function findVm(name: string, projectName: string | undefined, directory: string): Promise<FoundVm> {
  const matches: Project[] = []
  for (const project of await selectProjects(projectName)) {
    if (!(await vmNames(project)).includes(name)) continue
    if ((await boundDirectory(project).catch(() => undefined)) === directory) return { project, name }
    matches.push(project)
  }
  const [first, ...others] = matches
  if (first === undefined) throw await noSuchVm(name, projectName)
  if (others.length > 0) {
    throw new VoltError(
      'USAGE',
      `several projects have a machine '${name}': ${matches.map((p) => p.name).join(', ')}`,
      {
        hint: 'say which with --project',
      },
    )
  }
  return { project: first, name }
}

/** The project that is bound to the directory, whatever its name. Throws PROJECT_MISMATCH, or USAGE when there are several. */
export async function boundProject(directory: string): Promise<Project | undefined> {
  const bound: Project[] = []
  for (const project of await allProjects()) {
    if ((await boundDirectory(project).catch(() => undefined)) === directory) bound.push(project)
  }
  const [first, ...others] = bound
  if (others.length > 0) {
    throw new VoltError('USAGE', `${directory} has several projects: ${bound.map(({ name }) => name).join(', ')}`, {
      hint: 'say which with --project',
    })
  }
  if (first === undefined) await checkBinding(projectFor(directory, undefined), directory)
  return first
}

/** VMs that run, of all projects. */
export async function runningVms(): Promise<FoundVm[]> {
  const found: FoundVm[] = []
  for (const project of await allProjects()) {
    for (const name of await vmNames(project)) {
      if ((await readStatus(project, name)).state.kind === 'running') found.push({ project, name })
    }
  }
  return found
}

/** The project that a file's VMs belong to. */
export function projectFor(directory: string, projectName: string | undefined): Project {
  return projectNamed(projectName ?? projectNameOf(directory))
}

async function noSuchVm(name: string, projectName: string | undefined): Promise<VoltError> {
  const projects = await selectProjects(projectName)
  const known = await Promise.all(
    projects.map(async (project) => (await vmNames(project)).map((vm) => ({ project: project.name, vm }))),
  )
  const where = projectName === undefined ? '' : ` in the project '${projectName}'`
  return new VoltError('NO_SUCH_VM', `there is no machine '${name}'${where}`, {
    hint:
      known.flat().length === 0 ? 'there are none; `volt apply FILE` starts one' : `there are: ${listed(known.flat())}`,
  })
}

/** With their projects where several have machines: `volt --project` wants one of them. */
function listed(known: readonly { project: string; vm: string }[]): string {
  const isOne = new Set(known.map(({ project }) => project)).size === 1
  return known.map(({ project, vm }) => (isOne ? vm : `${project}/${vm}`)).join(', ')
}
