// One change to a project at a time.
import { withLock, type LockOptions } from './lock.ts'
import type { Project } from './project-name.ts'

export type { LockHolder, LockOptions } from './lock.ts'

/** Runs `body` with the project's lock held. Throws STATE_LOCKED when the wait is too long, STATE_UNWRITABLE. */
export async function withProjectLock<T>(project: Project, options: LockOptions, body: () => Promise<T>): Promise<T> {
  const { name, stateDirectory: directory } = project
  return withLock({ what: `the project '${name}'`, directory, home: 'XDG_STATE_HOME' }, options, body)
}
