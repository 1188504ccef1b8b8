// Reads a kernel of the store again, and its configuration.
import { open, readFile, type FileHandle } from 'node:fs/promises'
import type { KernelImage } from '../kernel/image.ts'
import { parseKernelConfig } from '../kernel/kernel-config.ts'
import { readKernel } from '../kernel/read-kernel.ts'
import { VoltError } from '../volt-error.ts'
import { formatKernelName } from './kernel-name.ts'
import type { KernelRecord } from './kernel-record.ts'
import { blobPath, type Store } from './store-place.ts'

export interface StoredKernel {
  record: KernelRecord
  /** With what its configuration says. */
  image: KernelImage
  /** Read-only; the caller closes it. */
  handle: FileHandle
  /** Of the blob, absolute. */
  path: string
}

/** Throws STATE_INVALID where the blob is missing or not what its name says. */
export async function openStored(store: Store, record: KernelRecord): Promise<StoredKernel> {
  const path = blobPath(store, record.sha256)
  const handle = await open(path, 'r').catch((cause: unknown) => {
    throw damaged(record, `${path} cannot be read`, cause)
  })
  try {
    const image = await readKernel(handle)
    if (image.sha256 !== record.sha256) throw damaged(record, `${path} is not what it was`)
    const text = await readStoredConfig(store, record)
    const config = text === undefined ? undefined : parseKernelConfig(text, record.config?.source ?? '')
    return { record, image: { ...image, ...(config && { config }) }, handle, path }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** The text of its configuration; undefined where it has none. */
export async function readStoredConfig(store: Store, { config }: KernelRecord): Promise<string | undefined> {
  if (config === undefined) return undefined
  return readFile(blobPath(store, config.sha256), 'latin1').catch(() => undefined)
}

function damaged(record: KernelRecord, what: string, cause?: unknown): VoltError {
  const name = formatKernelName(record)
  const hint = 'import it again, with --replace'
  return new VoltError('STATE_INVALID', `the kernel ${name} of the store is damaged: ${what}`, { hint, cause })
}
