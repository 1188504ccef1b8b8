// One holder of a lock file at a time. Readers need no lock: files are replaced by rename.
import { open, readFile, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { tryLockFile } from '../host/file-lock.ts'
import { VoltError } from '../volt-error.ts'
import { isMissing } from './read-json.ts'
import { makeStateDirectory, unwritableState, type HomeVariable } from './state-directory.ts'

/** Who holds a lock, as the holder wrote it into the lock file. */
export interface LockHolder {
  pid: number
  command: string
}

/** How to get a lock that another process may hold. */
export interface LockOptions {
  /** What is being done, for others who wait: `volt apply vm.yaml`. */
  command: string
  /** How long to wait for another holder. */
  timeoutMs: number
  signal?: AbortSignal
  /** Called once, when the lock is held by another. */
  onWait?: (holder: LockHolder | undefined) => void
}

/** What a lock guards: a directory, made where it is missing, with the lock file in it. */
export interface LockedPlace {
  /** For people: `the project 'web'`. */
  what: string
  directory: string
  home: HomeVariable
}

export const LOCK_FILE = 'lock'
const POLL_MS = 100

/** Runs `body` with the lock held. Throws STATE_LOCKED when the wait is too long, STATE_UNWRITABLE. */
export async function withLock<T>(place: LockedPlace, options: LockOptions, body: () => Promise<T>): Promise<T> {
  const handle = await acquire(place, options)
  try {
    return await body()
  } finally {
    await handle.close()
  }
}

async function acquire(place: LockedPlace, options: LockOptions): Promise<FileHandle> {
  const deadline = Date.now() + options.timeoutMs
  let told = false
  for (;;) {
    options.signal?.throwIfAborted()
    const handle = await tryAcquire(place, options.command)
    if (handle !== undefined) return handle
    const holder = await readHolder(place)
    if (!told) options.onWait?.(holder)
    told = true
    if (Date.now() >= deadline) throw lockedError(place, holder)
    await sleep(POLL_MS, undefined, options.signal && { signal: options.signal })
  }
}

/** Undefined while another holds it, also when the file was removed by a holder that left. */
async function tryAcquire({ directory, home }: LockedPlace, command: string): Promise<FileHandle | undefined> {
  const path = join(directory, LOCK_FILE)
  makeStateDirectory(directory, home)
  let handle: FileHandle
  try {
    handle = await open(path, 'a+', 0o600)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw unwritableState(directory, error as NodeJS.ErrnoException, home)
  }
  try {
    if (tryLockFile(handle) && (await isSameFile(handle, path))) {
      await handle.truncate(0)
      await handle.write(JSON.stringify({ pid: process.pid, command } satisfies LockHolder) + '\n')
      return handle
    }
  } catch (error) {
    await handle.close()
    throw error
  }
  await handle.close()
  return undefined
}

async function isSameFile(handle: FileHandle, path: string): Promise<boolean> {
  const [ours, there] = await Promise.all([handle.stat(), stat(path).catch(() => undefined)])
  return there !== undefined && ours.ino === there.ino && ours.dev === there.dev
}

async function readHolder({ directory }: LockedPlace): Promise<LockHolder | undefined> {
  try {
    const { pid, command } = JSON.parse(await readFile(join(directory, LOCK_FILE), 'utf8')) as Partial<LockHolder>
    return typeof pid === 'number' && typeof command === 'string' ? { pid, command } : undefined
  } catch {
    return undefined
  }
}

function lockedError({ what }: LockedPlace, holder: LockHolder | undefined): VoltError {
  const who = holder === undefined ? 'another process' : `'${holder.command}' (pid ${holder.pid})`
  return new VoltError('STATE_LOCKED', `${what} is being changed by ${who}`, {
    hint: 'wait for it to end, or end it, and try again',
  })
}
