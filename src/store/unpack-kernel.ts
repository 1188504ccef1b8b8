// From a kernel file to the one that is stored: a bzImage's packed kernel is unpacked, once, so that no boot has to.
import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { fileReader } from '../kernel/byte-reader.ts'
import { findPayload, type Payload } from '../kernel/find-payload.ts'
import type { KernelImage } from '../kernel/image.ts'
import { KernelError } from '../kernel/kernel-error.ts'
import { readKernel } from '../kernel/read-kernel.ts'
import { unpack, UnpackFailure } from '../host/unpack.ts'
import { pieceOf, type IncomingFile } from './incoming-file.ts'

export interface StoredImage {
  /** What was imported. */
  imported: KernelImage
  /** What is stored of it. */
  stored: KernelImage
  /** Absent where it was not unpacked. */
  packing?: KernelPacking
  /** Why it was not, a sentence; only for a bzImage. */
  note?: string
}

export type KernelPacking = Exclude<Payload['packing'], 'lzma' | 'lzo'>

export interface UnpackOptions {
  /** Stores a bzImage as it is. */
  asIs: boolean
  signal?: AbortSignal | undefined
  onUnpack?: (packing: KernelPacking) => void
}

/** A kernel that is larger unpacked has its debugging information with it, which a bzImage never has. */
const UNPACKED_MAX = 1024 ** 3

/** Writes what is to be stored to `file`. Throws KernelError, STATE_UNWRITABLE, NOT_BUILT, HOST_ERROR. */
export async function unpackKernel(
  handle: FileHandle,
  file: IncomingFile,
  options: UnpackOptions,
): Promise<StoredImage> {
  const imported = await readKernel(handle)
  if (imported.format === 'elf') return { imported, stored: await copy(handle, imported, file) }
  const payload = options.asIs ? undefined : await findPayload(fileReader(handle, imported.size), imported)
  if (payload === undefined) {
    const why = options.asIs ? 'as it was asked for' : 'as no packed kernel was found in it'
    return { imported, stored: await copy(handle, imported, file), note: `the bzImage is kept as it is, ${why}` }
  }
  const { packing } = payload
  if (packing === 'lzma' || packing === 'lzo') {
    const hint = 'keep it packed with --as-is: it then unpacks itself at each boot'
    throw new KernelError('foreign', `its kernel is packed by ${packing}, which Volt does not unpack`, hint)
  }
  options.onUnpack?.(packing)
  return { imported, stored: await unpackPayload(handle, { ...payload, packing }, file, options), packing }
}

async function copy(handle: FileHandle, image: KernelImage, file: IncomingFile): Promise<KernelImage> {
  await file.write(pieceOf(handle, 0, image.size))
  return readKernel(file.handle)
}

async function unpackPayload(
  handle: FileHandle,
  { offset, length, packing, unpackedBytes, crc32: expected }: Payload & { packing: KernelPacking },
  file: IncomingFile,
  { signal }: UnpackOptions,
): Promise<KernelImage> {
  if (unpackedBytes > UNPACKED_MAX) throw damaged(`it says that its kernel has ${unpackedBytes} bytes`)
  const packed = pieceOf(handle, offset, length)
  let checksum = 0
  // libarchive checks those of the others, where they have one.
  const checked = async function* (content: AsyncIterable<Buffer>) {
    for await (const piece of content) {
      if (expected !== undefined) checksum = crc32(piece, checksum)
      yield piece
    }
  }
  if (packing === 'none') {
    await file.write(packed)
  } else {
    try {
      const words = ['stream', packing, String(unpackedBytes)]
      await unpack({ words, packed, take: (unpacked) => file.write(checked(unpacked)), ...(signal && { signal }) })
    } catch (error) {
      throw error instanceof UnpackFailure ? damaged(`its ${packing} kernel: ${error.message}`) : error
    }
  }
  const { size } = await file.handle.stat()
  if (size !== unpackedBytes) throw damaged(`its kernel unpacks to ${size} bytes and not to ${unpackedBytes}`)
  if (expected !== undefined && checksum !== expected) throw damaged('its kernel has another checksum than it says')
  const image = await readKernel(file.handle)
  if (image.format !== 'elf') throw damaged('what is packed in it is no ELF')
  return image
}

function damaged(message: string): KernelError {
  return new KernelError('damaged', `this bzImage is damaged: ${message}`, 'copy or build it again')
}
