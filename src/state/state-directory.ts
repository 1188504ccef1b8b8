// Makes the directories of the state, and says what to do where they cannot be written or read.
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { VoltError } from '../volt-error.ts'
import { writeAtomic } from './write-atomic.ts'

/** The variable that names another place for what is kept. */
export type HomeVariable = 'XDG_STATE_HOME' | 'XDG_DATA_HOME'

const FULL = ['ENOSPC', 'EDQUOT']

/** Makes the directory and what is missing above it, mode 0700. Throws STATE_UNWRITABLE. */
export function makeStateDirectory(path: string, home: HomeVariable = 'XDG_STATE_HOME'): void {
  try {
    makeWithParents(path)
  } catch (error) {
    throw unwritableState(path, error as NodeJS.ErrnoException, home)
  }
}

/** Replaces a file of the state as writeAtomic() does. Throws STATE_UNWRITABLE. */
export async function writeState(
  path: string,
  content: string | Uint8Array,
  home: HomeVariable = 'XDG_STATE_HOME',
): Promise<void> {
  try {
    await writeAtomic(path, content)
  } catch (error) {
    throw unwritableState(dirname(path), error as NodeJS.ErrnoException, home)
  }
}

export function unwritableState(
  path: string,
  cause: NodeJS.ErrnoException,
  home: HomeVariable = 'XDG_STATE_HOME',
): VoltError {
  return new VoltError('STATE_UNWRITABLE', `cannot keep state in ${path}: ${cause.message}`, describe(cause, home))
}

export function unreadableState(
  path: string,
  cause: NodeJS.ErrnoException,
  home: HomeVariable = 'XDG_STATE_HOME',
): VoltError {
  return new VoltError('STATE_UNREADABLE', `cannot read the state in ${path}: ${cause.message}`, describe(cause, home))
}

function describe(cause: NodeJS.ErrnoException, home: HomeVariable): { hint: string; errno?: number; cause: Error } {
  const isFull = FULL.includes(cause.code ?? '')
  const here = isFull ? 'make room there' : 'check the owner and mode of the directories above it'
  const hint = `${here}, or name another place with ${home}`
  return { hint, ...(cause.errno !== undefined && { errno: Math.abs(cause.errno) }), cause }
}

/** From the nearest directory that exists; mkdir's own `recursive` never returns below /proc. */
function makeWithParents(path: string): void {
  try {
    makeOne(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error
    makeWithParents(dirname(path))
    makeOne(path)
  }
}

function makeOne(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !statSync(path).isDirectory()) throw error
  }
}
