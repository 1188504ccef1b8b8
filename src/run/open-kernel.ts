// Opens the kernel that a manifest names: a file, a guest of Volt's, or one of the store.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { FileHandle } from 'node:fs/promises'
import type { KernelImage } from '../kernel/image.ts'
import { openImage } from '../kernel/open-image.ts'
import { readConfigFile } from '../kernel/read-config-file.ts'
import { readKernel } from '../kernel/read-kernel.ts'
import { findKernel } from '../store/find-kernel.ts'
import { formatKernelName, parseKernelReference } from '../store/kernel-name.ts'
import type { KernelRecord } from '../store/kernel-record.ts'
import { openStored } from '../store/read-stored.ts'
import { userStore } from '../store/store-place.ts'
import { VoltError } from '../volt-error.ts'

export interface OpenKernel {
  image: KernelImage
  /** Read-only; the caller closes it. */
  handle: FileHandle
  /** Absolute path, of the store's file too; or `builtin:hello`. */
  source: string
  /** Of a kernel of the store: its name, and how it came to be. */
  origin?: string
  /** Of a kernel of the store. */
  record?: KernelRecord
}

/**
 * A word that could be a kernel's name is a file of that name where there is one in `directory`, and else of the store.
 * Throws KernelError, FILE_UNREADABLE, NO_SUCH_KERNEL, STATE_INVALID.
 */
export async function openKernel(reference: string, directory: string): Promise<OpenKernel> {
  if (isOfStore(reference, directory)) return openNamed(reference)
  const { handle, path, source } = await openImage(reference, directory)
  try {
    const image = await readKernel(handle)
    // A kernel without a configuration inside may have one beside it.
    const config = image.config ?? (await readConfigFile(path, image.version))
    return { image: { ...image, ...(config && { config }) }, handle, source }
  } catch (error) {
    await handle.close()
    throw error
  }
}

function isOfStore(reference: string, directory: string): boolean {
  return parseKernelReference(reference) !== undefined && !existsSync(resolve(directory, reference))
}

async function openNamed(reference: string): Promise<OpenKernel> {
  const store = userStore()
  const { record, image, handle, path } = await openStored(store, await find(reference))
  return { image, handle, source: path, origin: originOf(record), record }
}

async function find(reference: string): Promise<KernelRecord> {
  try {
    return await findKernel(reference)
  } catch (error) {
    if (!(error instanceof VoltError) || error.code !== 'NO_SUCH_KERNEL') throw error
    const { hint } = error
    const message = `there is neither a file ${reference} beside the manifest nor a kernel of that name in the store`
    throw new VoltError('NO_SUCH_KERNEL', message, { ...(hint !== undefined && { hint }), cause: error })
  }
}

/** `debian-cloud@6.1.0-56, unpacked from lz4 when it was imported`. */
function originOf(record: KernelRecord): string {
  const { packing, package: from } = record.origin
  const unpacked = packing === undefined || packing === 'none' ? [] : [`unpacked from ${packing} when it was imported`]
  const packaged = from === undefined ? [] : [`from ${from.name} ${from.version}`]
  return [formatKernelName(record), ...packaged, ...unpacked].join(', ')
}
