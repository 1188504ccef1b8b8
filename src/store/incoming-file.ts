// A file on its way into the store: nobody finds it before it is whole.
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { unwritableState } from '../state/state-directory.ts'
import { syncDirectory, temporaryName } from '../state/write-atomic.ts'

export interface IncomingFile {
  /** Readable and writable. */
  handle: FileHandle
  /** For programs that open it themselves. */
  path: string
  /** Appends all that comes. Throws STATE_UNWRITABLE. */
  write(content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void>
  /** Gives it that name, in place of one that is there, and mode 0444. Throws STATE_UNWRITABLE. */
  keep(name: string): Promise<void>
}

const KEPT_MODE = 0o444

/** Runs `body` with a file in a directory of the store that is gone afterwards unless it was kept. With the store's lock held. */
export async function withIncoming<T>(directory: string, body: (file: IncomingFile) => Promise<T>): Promise<T> {
  const path = join(directory, temporaryName('incoming'))
  const handle = await open(path, 'wx+', 0o600).catch((error: NodeJS.ErrnoException) => unwritable(directory, error))
  let kept = false
  try {
    return await body({
      handle,
      path,
      write: (content) => writeAll(directory, handle, content),
      async keep(name) {
        try {
          await handle.chmod(KEPT_MODE)
          await handle.sync()
          await rename(path, join(directory, name))
          await syncDirectory(directory)
          kept = true
        } catch (error) {
          unwritable(directory, error as NodeJS.ErrnoException)
        }
      },
    })
  } finally {
    await handle.close()
    if (!kept) await rm(path, { force: true })
  }
}

async function writeAll(
  directory: string,
  handle: FileHandle,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  for await (const piece of content) {
    let done = 0
    while (done < piece.length) {
      const left = piece.subarray(done)
      const written = await handle.write(left).catch((error: NodeJS.ErrnoException) => unwritable(directory, error))
      done += written.bytesWritten
    }
  }
}

function unwritable(directory: string, error: NodeJS.ErrnoException): never {
  throw unwritableState(directory, error, 'XDG_DATA_HOME')
}

/** Part of an open file, whose own position is neither used nor moved; the handle stays open. */
export function pieceOf(handle: FileHandle, offset: number, length: number): Readable {
  if (length === 0) return Readable.from([])
  return handle.createReadStream({ start: offset, end: offset + length - 1, autoClose: false })
}
