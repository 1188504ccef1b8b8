// One change to the store at a time.
import { withLock, type LockOptions } from '../state/lock.ts'
import { makeStateDirectory } from '../state/state-directory.ts'
import type { Store } from './store-place.ts'

/** With the store's directories there. Throws STATE_LOCKED, STATE_UNWRITABLE. */
export async function withStoreLock<T>(store: Store, options: LockOptions, body: () => Promise<T>): Promise<T> {
  const place = { what: 'the store of kernels and disks', directory: store.directory, home: 'XDG_DATA_HOME' } as const
  return withLock(place, options, async () => {
    for (const directory of [store.blobs, store.disks, store.kernels]) makeStateDirectory(directory, 'XDG_DATA_HOME')
    return body()
  })
}
