// Reads a kernel or initrd from an open file: what it is, whether it is whole, and its digest.
import type { FileHandle } from 'node:fs/promises'
import { fileReader } from './byte-reader.ts'
import { hashFile } from './hash-file.ts'
import { identify, IDENTIFY_BYTES } from './identify.ts'
import type { InitrdImage, KernelImage } from './image.ts'
import { KernelError } from './kernel-error.ts'
import { readBzImage } from './read-bzimage.ts'
import { readElf } from './read-elf.ts'

/** Kernels with all their debugging information stay below 2 GiB, and an initrd must fit below 4 GiB beside one. */
const MAX_FILE_BYTES = 4 * 1024 ** 3

/**
 * Throws KernelError (KERNEL_INVALID). The handle stays open and its position untouched; the digest is of what this very
 * handle reads.
 */
export async function readKernel(handle: FileHandle): Promise<KernelImage> {
  const size = await sizeOf(handle)
  const reader = fileReader(handle, size)
  const head = await reader.read(0, Math.min(size, IDENTIFY_BYTES), 'beginning')
  const facts = identify(head) === 'elf' ? await readElf(reader) : await readBzImage(reader)
  return { size, sha256: await hashFile(handle, size), ...facts }
}

/** As readKernel. An initrd's content is the kernel's business; any file that is not empty will do. */
export async function readInitrd(handle: FileHandle): Promise<InitrdImage> {
  const size = await sizeOf(handle)
  return { size, sha256: await hashFile(handle, size) }
}

async function sizeOf(handle: FileHandle): Promise<number> {
  const status = await handle.stat()
  if (!status.isFile()) throw new KernelError('foreign', 'this is not a regular file')
  if (status.size === 0) throw new KernelError('foreign', 'this file is empty')
  if (status.size > MAX_FILE_BYTES) throw new KernelError('foreign', 'this file is larger than 4 GiB')
  return status.size
}
