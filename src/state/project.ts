// A project: the VMs of one directory, kept under one name. The name is bound to the directory at the first apply.
import { existsSync } from 'node:fs'
import { readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { VoltError } from '../volt-error.ts'
import { LOCK_FILE } from './lock.ts'
import { PROJECT_NAME, projectNamed, type Project } from './project-name.ts'
import { readStateJson } from './read-json.ts'
import { unreadableState, writeState } from './state-directory.ts'
import { stateHome } from './state-home.ts'
import { vmFiles } from './vm-files.ts'
import { removeTemporaries } from './write-atomic.ts'

const BINDING_FILE = 'project.json'

export function lockFileOf(project: Project): string {
  return join(project.stateDirectory, LOCK_FILE)
}

/** Throws PROJECT_MISMATCH when the name belongs to another directory. */
export async function checkBinding(project: Project, directory: string): Promise<void> {
  const bound = await boundDirectory(project)
  if (bound === undefined || bound === directory) return
  throw new VoltError('PROJECT_MISMATCH', `the project '${project.name}' belongs to ${bound}, not to ${directory}`, {
    hint: `give this one a name of its own with --project, or end the other's with \`volt destroy --all --delete-data --project ${project.name}\``,
  })
}

/** Directory that the project is bound to; undefined for a project that does not exist. */
export async function boundDirectory(project: Project): Promise<string | undefined> {
  const binding = readStateJson(join(project.stateDirectory, BINDING_FILE))
  if (binding === undefined) return undefined
  if (typeof binding['path'] !== 'string') {
    throw new VoltError('STATE_INVALID', `${join(project.stateDirectory, BINDING_FILE)} names no directory`)
  }
  return binding['path']
}

/** Makes the project's state directory and binds it, unless it is bound. To be called with the lock held. */
export async function bindProject(project: Project, directory: string): Promise<void> {
  await checkBinding(project, directory)
  if ((await boundDirectory(project)) === undefined) {
    const binding = { formatVersion: 1, path: directory }
    await writeState(join(project.stateDirectory, BINDING_FILE), JSON.stringify(binding) + '\n')
  }
}

/** Removes a project without VMs and without what their guests wrote: its binding and its lock. To be called with the lock held. */
export async function removeEmptyProject(project: Project): Promise<void> {
  if ((await vmNames(project)).length > 0) return
  await removeTemporaries(project.stateDirectory)
  await rm(join(project.stateDirectory, BINDING_FILE), { force: true })
  await rm(lockFileOf(project), { force: true })
  await rmdir(project.stateDirectory).catch(() => undefined)
}

/** Names of the VMs that have a directory, sorted. */
export async function vmNames(project: Project): Promise<string[]> {
  return subdirectories(project.stateDirectory)
}

/** Names of the VMs that Volt knows something of: of others only what their guests wrote is kept. */
export async function machineNames(project: Project): Promise<string[]> {
  return (await vmNames(project)).filter((name) => existsSync(vmFiles(project, name).record))
}

/** Every project that has a state directory, by name. */
export async function allProjects(home: string = stateHome()): Promise<Project[]> {
  const names = (await subdirectories(home)).filter((name) => PROJECT_NAME.test(name))
  return names.map((name) => projectNamed(name, home))
}

async function subdirectories(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true })
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw unreadableState(path, error as NodeJS.ErrnoException)
  }
}
