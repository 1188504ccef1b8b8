// Finds VMs by the names a user gives: in a named project, in that of the directory, or wherever there is just one.
import { allProjects, boundDirectory, projectNamed, projectNameOf, vmNames, type Project } from '../state/project.ts'
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

/** The project that a file's VMs belong to. */
export function projectFor(directory: string, projectName: string | undefined): Project {
  return projectNamed(projectName ?? projectNameOf(directory))
}

async function noSuchVm(name: string, projectName: string | undefined): Promise<VoltError> {
  const known = (await Promise.all((await selectProjects(projectName)).map(vmNames))).flat()
  const where = projectName === undefined ? '' : ` in the project '${projectName}'`
  return new VoltError('NO_SUCH_VM', `there is no machine '${name}'${where}`, {
    hint: known.length === 0 ? 'there are none; `volt apply FILE` starts one' : `there are: ${known.join(', ')}`,
  })
}
