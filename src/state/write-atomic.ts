// Files that are either the old or the new one, whatever happens in between.
import { randomBytes } from 'node:crypto'
import { open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

const SUFFIX_BYTES = 6
const TEMPORARY = new RegExp(`^\\..+\\.[0-9a-f]{${2 * SUFFIX_BYTES}}$`)

/** Replaces the file by rename after its bytes reached the disk; `mode` less the umask. The directory must exist. */
export async function writeAtomic(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const directory = dirname(path)
  const temporary = join(directory, temporaryName(basename(path)))
  try {
    await writeSynced(temporary, content, mode)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
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
  const handle = await open(path, 'wx', mode)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** After a rename in it, so that it outlives a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
