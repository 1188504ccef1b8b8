// A file on its way into the store: nobody finds it before it is whole.
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { unwritableState } from '../state/state-directory.ts'
import { syncDirectory, temporaryName } from '../state/write-atomic.ts'
import { blobPath, type Store } from './store-place.ts'

export interface IncomingFile {
  /** Readable and writable. */
  handle: FileHandle
  /** Appends all that comes. Throws STATE_UNWRITABLE. */
  write(content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void>
  /** Makes it the blob of that digest, in place of one that is there. Throws STATE_UNWRITABLE. */
  keep(sha256: string): Promise<void>
}

const BLOB_MODE = 0o444

/** Runs `body` with a file that is gone afterwards unless it was kept. With the store's lock held. */
export async function withIncoming<T>(store: Store, body: (file: IncomingFile) => Promise<T>): Promise<T> {
  const path = join(store.blobs, temporaryName('incoming'))
  const handle = await open(path, 'wx+', 0o600).catch((error: NodeJS.ErrnoException) => unwritable(store, error))
  let kept = false
  try {
    return await body({
      handle,
      write: (content) => writeAll(store, handle, content),
      async keep(sha256) {
        try {
          await handle.chmod(BLOB_MODE)
          await handle.sync()
          await rename(path, blobPath(store, sha256))
          await syncDirectory(store.blobs)
          kept = true
        } catch (error) {
          unwritable(store, error as NodeJS.ErrnoException)
        }
      },
    })
  } finally {
    await handle.close()
    if (!kept) await rm(path, { force: true })
  }
}

async function writeAll(
  store: Store,
  handle: FileHandle,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  for await (const piece of content) {
    let done = 0
    while (done < piece.length) {
      const left = piece.subarray(done)
      const written = await handle.write(left).catch((error: NodeJS.ErrnoException) => unwritable(store, error))
      done += written.bytesWritten
    }
  }
}

function unwritable(store: Store, error: NodeJS.ErrnoException): never {
  throw unwritableState(store.blobs, error, 'XDG_DATA_HOME')
}

/** Part of an open file, whose own position is neither used nor moved; the handle stays open. */
export function pieceOf(handle: FileHandle, offset: number, length: number): Readable {
  if (length === 0) return Readable.from([])
  return handle.createReadStream({ start: offset, end: offset + length - 1, autoClose: false })
}
