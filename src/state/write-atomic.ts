// Files that are either the old or the new one, whatever happens in between.
import { randomBytes } from 'node:crypto'
import { closeSync, fsync, openSync, renameSync, writeFileSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { removeFile } from '../host/own-files.ts'

/** What takes a while on a disk does not keep others waiting. */
const sync = promisify(fsync)

const SUFFIX_BYTES = 6
const TEMPORARY = new RegExp(`^\\..+\\.[0-9a-f]{${2 * SUFFIX_BYTES}}$`)

/** Replaces the file by rename after its bytes reached the disk; `mode` less the umask. The directory must exist. */
export async function writeAtomic(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const directory = dirname(path)
  const temporary = join(directory, temporaryName(basename(path)))
  try {
    await writeSynced(temporary, content, mode)
    renameSync(temporary, path)
  } catch (error) {
    removeFile(temporary)
    throw error
  }
  await syncDirectory(directory)
}

/** Of a file that is to become `name`, in its directory; removeTemporaries knows it. */
export function temporaryName(name: string): string {
  return `.${name}.${randomBytes(SUFFIX_BYTES).toString('hex')}`
}

/** Those in the directory that a process did not live to rename. Nobody else may write there meanwhile. */
export async function removeTemporaries(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (TEMPORARY.test(name)) await rm(join(directory, name), { recursive: true, force: true })
  }
}

async function writeSynced(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const fd = openSync(path, 'wx', mode)
  try {
    writeFileSync(fd, content)
    await sync(fd)
  } finally {
    closeSync(fd)
  }
}

/** After a rename in it, so that it outlives a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const fd = openSync(path, 'r')
  try {
    await sync(fd)
  } finally {
    closeSync(fd)
  }
}
