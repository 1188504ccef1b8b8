// The initrd of a manifest: a file, opened and read, or a directory that one is to be made from.
import { resolve } from 'node:path'
import { buildInitrd } from '../content/build-initrd.ts'
import { cpioBytes } from '../content/cpio-archive.ts'
import { readDirectory } from '../content/read-directory.ts'
import type { InitrdImage } from '../kernel/image.ts'
import { openImage } from '../kernel/open-image.ts'
import { readInitrd } from '../kernel/read-kernel.ts'
import type { InitrdSpec } from '../manifest/spec.ts'
import type { LockOptions } from '../state/lock.ts'
import { blobPath, userStore } from '../store/store-place.ts'
import { VoltError } from '../volt-error.ts'
import type { LoadedImage } from './load-vms.ts'
import type { Built } from './unbuilt.ts'

/** Throws KernelError, FILE_UNREADABLE. */
export async function openInitrd(reference: string, directory: string): Promise<LoadedImage<InitrdImage>> {
  const { handle, source } = await openImage(reference, directory)
  try {
    return { image: await readInitrd(handle), handle, source }
  } catch (error) {
    await handle.close()
    throw error
  }
}

export interface UnbuiltInitrd {
  /** In bytes, as it will be. */
  size: number
  build(lock: LockOptions): Promise<Built & { initrd: LoadedImage<InitrdImage> }>
}

/** Looks at the directory and builds nothing. Throws ContentError. */
export async function findInitrd({ directory: reference }: InitrdSpec, directory: string): Promise<UnbuiltInitrd> {
  const tree = await readDirectory(resolve(directory, reference), reference)
  const size = cpioBytes(tree)
  return {
    size,
    async build(lock) {
      const store = userStore()
      const { path, fresh } = await buildInitrd(store, tree, reference, lock)
      const initrd = await openInitrd(path, directory)
      if (path === blobPath(store, initrd.image.sha256)) return { initrd, bytes: size, fresh }
      await initrd.handle.close()
      throw new VoltError('STATE_INVALID', `${path} is not what it was`, { hint: 'remove it: it is made again' })
    },
  }
}
