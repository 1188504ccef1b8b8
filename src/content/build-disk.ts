// A tree as a disk in the store, named by a digest of what it was made from, so that it is made again only when that differs.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { LockOptions } from '../state/lock.ts'
import { removeTemporaries } from '../state/write-atomic.ts'
import { withIncoming } from '../store/incoming-file.ts'
import { withStoreLock } from '../store/store-lock.ts'
import type { Store } from '../store/store-place.ts'
import type { DiskContent } from './disk-content.ts'
import { findE2fsTools, FIXED_TIME } from './e2fs-tools.ts'
import { makeExt4 } from './make-ext4.ts'

export interface BuiltDisk {
  /** Absolute. */
  path: string
  /** Of what it was made from, whatever the disk's size: SHA-256 in lower-case hex. */
  inputs: string
  /** Whether it was made now; otherwise it was there. */
  fresh: boolean
}

export interface BuildOptions extends LockOptions {
  /** Says how far it is, in a few words. */
  onProgress?: (text: string) => void
}

/** Changes when the same tree becomes other bytes. */
const FORMAT = 1

/** Throws ContentError, HOST_ERROR, NOT_BUILT, STATE_LOCKED, STATE_UNWRITABLE. */
export async function buildDisk(
  store: Store,
  content: DiskContent,
  sizeBytes: number,
  { onProgress, ...lock }: BuildOptions,
): Promise<BuiltDisk> {
  const watch = { ...(onProgress && { onProgress }), ...(lock.signal && { signal: lock.signal }) }
  const tools = await findE2fsTools()
  const inputs = await content.digest(lock.signal)
  const facts = JSON.stringify([FORMAT, tools.version, sizeBytes, inputs])
  const identity = createHash('sha256').update(facts).digest('hex')
  const path = join(store.disks, identity)
  if (existsSync(path)) return { path, inputs, fresh: false }
  await withStoreLock(store, lock, async () => {
    // Of builds that were killed: whoever builds has the lock.
    await removeTemporaries(store.disks)
    await withIncoming(store.disks, (file) =>
      content.withTree({ ...watch, directory: store.disks, sizeBytes }, async (tree) => {
        await makeExt4(file.path, { tools, tree, sizeBytes, identity, ...(lock.signal && { signal: lock.signal }) })
        await content.verify(tree, inputs, lock.signal)
        // The same after every build, so that an overlay of before still lies over it.
        await file.handle.utimes(FIXED_TIME, FIXED_TIME)
        await file.keep(identity)
      }),
    )
  })
  return { path, inputs, fresh: true }
}
