// A tree as an initrd in the store: a blob of its own digest, so that it is written again only when something in it differs.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { LockOptions } from '../state/lock.ts'
import { withIncoming } from '../store/incoming-file.ts'
import { withStoreLock } from '../store/store-lock.ts'
import { blobPath, type Store } from '../store/store-place.ts'
import { changed } from './read-bytes.ts'
import { cpioArchive } from './cpio-archive.ts'
import type { Tree } from './tree.ts'

export interface BuiltInitrd {
  /** Absolute. */
  path: string
  /** Whether it was written now; otherwise it was there. */
  fresh: boolean
}

/** `reference` is what the user wrote. Throws ContentError, STATE_LOCKED, STATE_UNWRITABLE. */
export async function buildInitrd(
  store: Store,
  tree: Tree,
  reference: string,
  lock: LockOptions,
): Promise<BuiltInitrd> {
  const hash = createHash('sha256')
  for await (const piece of cpioArchive(tree)) {
    lock.signal?.throwIfAborted()
    hash.update(piece)
  }
  const sha256 = hash.digest('hex')
  const path = blobPath(store, sha256)
  if (existsSync(path)) return { path, fresh: false }
  await withStoreLock(store, lock, () =>
    withIncoming(store.blobs, async (file) => {
      const written = createHash('sha256')
      await file.write(passing(cpioArchive(tree), (piece) => written.update(piece), lock.signal))
      if (written.digest('hex') !== sha256) throw changed(reference)
      await file.keep(sha256)
    }),
  )
  return { path, fresh: true }
}

async function* passing(
  pieces: AsyncIterable<Buffer>,
  see: (piece: Buffer) => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    signal?.throwIfAborted()
    see(piece)
    yield piece
  }
}
