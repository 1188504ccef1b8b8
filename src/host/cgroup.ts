// A cgroup of Volt's own for each machine that is limited. Who holds one has it locked (flock), so that the kernel says
// which are left over, whoever was killed.
import { constants } from 'node:fs'
import { mkdir, open, readdir, rmdir, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findCgroupPlace } from './cgroup-place.ts'
import { tryLockFile } from './file-lock.ts'

export interface Cgroup {
  path: string
  /** Of the directory, locked; the caller's. */
  handle: FileHandle
}

const PREFIX = 'volt-'
/** Of names that are taken by other projects of the same name. */
const MAX_TRIES = 100
/** A process may be reaped before its cgroup is rid of it. */
const REMOVE_TRIES = 100
const REMOVE_PAUSE_MS = 10

/** A new one called `volt-NAME`, with a number where that is in use. Throws what mkdir does. */
export async function makeCgroup(place: string, name: string): Promise<Cgroup> {
  for (let index = 1; index <= MAX_TRIES; index++) {
    const path = join(place, `${PREFIX}${name}${index === 1 ? '' : `-${index}`}`)
    if (!(await removeLeftOver(path))) continue
    try {
      await mkdir(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue
      throw error
    }
    const handle = await lockDirectory(path)
    if (handle !== undefined) return { path, handle }
  }
  throw new Error(`${join(place, PREFIX + name)} and ${MAX_TRIES} names like it are in use`)
}

/** The lock's directory is the one that the path leads to, or undefined: a sweep may have taken it away. */
async function lockDirectory(path: string): Promise<FileHandle | undefined> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY).catch(() => undefined)
  if (handle === undefined) return undefined
  const isOurs = tryLockFile(handle) && (await isSame(path, handle))
  if (isOurs) return handle
  await handle.close()
  return undefined
}

async function isSame(path: string, handle: FileHandle): Promise<boolean> {
  const [named, locked] = await Promise.all([stat(path).catch(() => undefined), handle.stat()])
  return named !== undefined && named.ino === locked.ino && named.dev === locked.dev
}

/** Whether there is none any more: false where somebody holds it, or processes are in it. */
export async function removeLeftOver(path: string): Promise<boolean> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY).catch(() => undefined)
  if (handle === undefined) return true
  try {
    return tryLockFile(handle) && (await removeCgroup(path))
  } finally {
    await handle.close()
  }
}

/** Waits a moment for the last process in it. Whether it is gone. */
export async function removeCgroup(path: string): Promise<boolean> {
  for (let turn = 0; turn < REMOVE_TRIES; turn++) {
    try {
      await rmdir(path)
      return true
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EBUSY') return code === 'ENOENT'
      await sleep(REMOVE_PAUSE_MS)
    }
  }
  return false
}

/** Removes those that were left where this process would make its own, by keepers that were killed. */
export async function sweepCgroups(): Promise<void> {
  const place = await findCgroupPlace()
  if (!('directory' in place)) return
  const names = await readdir(place.directory).catch(() => [])
  await Promise.all(
    names.filter((name) => name.startsWith(PREFIX)).map((name) => removeLeftOver(join(place.directory, name))),
  )
}
