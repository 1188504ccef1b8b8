// The initrd of a manifest: a file, opened and read, or a directory that one is to be made from.
import { resolve } from 'node:path'
import { addModules } from '../content/add-modules.ts'
import { buildInitrd } from '../content/build-initrd.ts'
import { cpioBytes } from '../content/cpio-archive.ts'
import { closeModules } from '../content/module-closure.ts'
import { ModuleError } from '../content/module-error.ts'
import { readDirectory } from '../content/read-directory.ts'
import type { Tree } from '../content/tree.ts'
import type { InitrdImage } from '../kernel/image.ts'
import { openImage } from '../kernel/open-image.ts'
import { readInitrd } from '../kernel/read-kernel.ts'
import type { InitrdSpec } from '../manifest/spec.ts'
import type { LockOptions } from '../state/lock.ts'
import type { KernelRecord } from '../store/kernel-record.ts'
import { readModuleIndex } from '../store/module-index.ts'
import { readModule } from '../store/read-module.ts'
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

/** The machine's kernel: as the manifest names it, and its record where it is one of the store. */
export interface KernelOfInitrd {
  image: string
  record?: KernelRecord
}

/** Looks at the directory and reads modules; builds nothing. Throws ContentError, ModuleError, STATE_INVALID. */
export async function findInitrd(
  { directory: reference, modules = [] }: InitrdSpec,
  directory: string,
  kernel: KernelOfInitrd,
): Promise<UnbuiltInitrd> {
  const own = await readDirectory(resolve(directory, reference), reference)
  const tree = modules.length === 0 ? own : await withModules(own, modules, reference, kernel)
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

async function withModules(
  tree: Tree,
  names: readonly string[],
  reference: string,
  { image, record }: KernelOfInitrd,
): Promise<Tree> {
  const store = userStore()
  const index = record && (await readModuleIndex(store, record))
  if (record?.modules === undefined || index === undefined) {
    const hint = 'a kernel has them that came from its Debian package: `volt kernel pull debian-cloud`, or `volt kernel import FILE.deb --name NAME`' // prettier-ignore
    throw new ModuleError(`the kernel ${image} has no modules`, { hint })
  }
  const closed = await closeModules(names, { index, read: (file) => readModule(store, record, file) })
  return addModules(tree, closed, record.modules.release, reference)
}
