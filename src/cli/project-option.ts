// The option --project, checked before anything is read.
import { projectNamed } from '../state/project-name.ts'

/** Throws USAGE for what cannot be a project's name. */
export function parseProject(text: string): string {
  return projectNamed(text).name
}
