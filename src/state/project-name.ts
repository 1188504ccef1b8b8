// The names of projects, and where the state of each is kept.
import { basename, join } from 'node:path'
import { VoltError } from '../volt-error.ts'
import { stateHome } from './state-home.ts'

export interface Project {
  name: string
  /** Directory of the state, mode 0700. */
  stateDirectory: string
}

export const PROJECT_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** The project of a name, whether or not it exists yet. Throws USAGE when the name cannot be one. */
export function projectNamed(name: string, home: string = stateHome()): Project {
  if (!PROJECT_NAME.test(name)) {
    throw new VoltError('USAGE', `'${name}' cannot be a project's name`, {
      hint: 'use lower-case letters, digits and hyphens, at most 63',
    })
  }
  return { name, stateDirectory: join(home, name) }
}

/** A name for the directory's project: its last part, with what a name cannot hold replaced by hyphens. */
export function projectNameOf(directory: string): string {
  const name = basename(directory)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '')
  return name === '' ? 'default' : name
}
