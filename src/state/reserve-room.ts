// Room in a directory of the state, for what must not fail half-way.
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeStateDirectory, unwritableState } from './state-directory.ts'

const FILE = '.room'

/**
 * Takes `bytes` of the file system, and gives them back when what is returned is called. Throws STATE_UNWRITABLE where they
 * are not there or nothing can be written.
 */
export async function reserveRoom(directory: string, bytes: number): Promise<() => Promise<void>> {
  makeStateDirectory(directory)
  const path = join(directory, FILE)
  const release = (): Promise<void> => rm(path, { force: true })
  try {
    const file = await open(path, 'w', 0o600)
    try {
      // Written, not only asked for: a sparse file takes none.
      await file.writeFile(Buffer.alloc(bytes, 'x'))
      await file.sync()
    } finally {
      await file.close()
    }
    return release
  } catch (error) {
    await release().catch(() => undefined)
    throw unwritableState(directory, error as NodeJS.ErrnoException)
  }
}
