// Files of Volt's own, opened and removed at once: a trip to Node's pool of threads takes many times what such a call takes.
import { constants, lstatSync, openSync, unlinkSync } from 'node:fs'
import { ownDescriptor, type OpenDescriptor } from './open-descriptor.ts'

/** Of a directory or a file, for reading. Throws what node:fs does. */
export function openOwn(path: string): OpenDescriptor {
  return ownDescriptor(openSync(path, 'r'))
}

/** A new file for appending, mode 0600, in place of an older one, which whoever reads it keeps. Throws what node:fs does. */
export function freshFile(path: string): OpenDescriptor {
  removeFile(path)
  const { O_APPEND, O_CREAT, O_EXCL, O_WRONLY } = constants
  return ownDescriptor(openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0o600))
}

/** Nothing where there is none. Throws what node:fs does. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    // A file system that is read-only says so of files that are not there, too.
    if (isThere(path)) throw error
  }
}

/** Also where nobody can tell. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    return true
  }
}
