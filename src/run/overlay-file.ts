// The copy-on-write file of a disk before a guest writes to it: docs/overlay-format.md.
import type { FileHandle } from 'node:fs/promises'
import { VoltError } from '../volt-error.ts'
import type { OpenDisk } from './open-disk.ts'

const MAGIC = 'VOLTOVLY'
const VERSION = 1
const BLOCK_BYTES = 4096
const BLOCK_BYTES_MAX = 65536
const HEADER_BYTES = 24
/** The bitmap begins here. */
const BITMAP_OFFSET = 4096

/** Makes a file that is none yet (isUnmade) an overlay over an image of `imageBytes`. */
export async function makeOverlay(handle: FileHandle, imageBytes: number): Promise<void> {
  const header = Buffer.alloc(HEADER_BYTES)
  header.write(MAGIC, 'ascii')
  header.writeUInt32LE(VERSION, 8)
  header.writeUInt32LE(BLOCK_BYTES, 12)
  header.writeBigUInt64LE(BigInt(imageBytes), 16)
  // The header comes last: without it the file is none yet, whatever ended this process.
  await handle.truncate(overlayLength(imageBytes, BLOCK_BYTES))
  await handle.write(header, 0, header.length, 0)
}

/** Whether the file is empty, or one that a process did not live to make an overlay over `imageBytes`. */
export async function isUnmade(handle: FileHandle, imageBytes: number): Promise<boolean> {
  const { size } = await handle.stat()
  if (size === 0) return true
  if (size !== overlayLength(imageBytes, BLOCK_BYTES)) return false
  const begin = Buffer.alloc(BITMAP_OFFSET)
  const { bytesRead } = await handle.read(begin, 0, begin.length, 0)
  return bytesRead === begin.length && begin.every((byte) => byte === 0)
}

/** Bytes of the whole file. */
export function overlayLength(imageBytes: number, blockBytes: number): number {
  const blocks = Math.ceil(imageBytes / blockBytes)
  const data = Math.ceil((BITMAP_OFFSET + Math.ceil(blocks / 8)) / blockBytes) * blockBytes
  return data + blocks * blockBytes
}

/**
 * Throws DISK_INVALID when the file is no overlay, or not one over this image: one of another size, or written to since.
 * `names` are what the user calls the two.
 */
export async function checkOverlay(
  overlay: OpenDisk,
  image: Omit<OpenDisk, 'handle'>,
  names: { overlay: string; image: string },
): Promise<void> {
  const header = Buffer.alloc(HEADER_BYTES)
  const { bytesRead } = await overlay.handle.read(header, 0, HEADER_BYTES, 0)
  if (bytesRead < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw invalid(`${names.overlay} is no overlay`, 'name a file that is not there yet: Volt makes it')
  }
  const [version, blockBytes] = [header.readUInt32LE(8), header.readUInt32LE(12)]
  if (version !== VERSION)
    throw invalid(`${names.overlay} is an overlay of version ${version}, and this Volt knows ${VERSION}`)
  const imageBytes = Number(header.readBigUInt64LE(16))
  if (imageBytes !== image.sizeBytes) {
    const message = `${names.overlay} is an overlay over an image of ${imageBytes} bytes, and ${names.image} has ${image.sizeBytes}`
    throw invalid(message, 'an overlay belongs to one image; take that one, or another overlay')
  }
  const { size } = await overlay.handle.stat()
  if (!isBlockSize(blockBytes) || size !== overlayLength(imageBytes, blockBytes)) {
    throw invalid(`${names.overlay} is a damaged overlay: its length is not what its header says`)
  }
  // A block that is not in the overlay is read from an image that is no longer the same.
  if (overlay.bornNs > 0n && image.modifiedNs > overlay.bornNs) {
    const message = `${names.image} was written to after the overlay ${names.overlay} was made over it`
    throw invalid(message, 'a guest would find a damaged file system; take the unchanged image, or a new overlay')
  }
}

function isBlockSize(bytes: number): boolean {
  return bytes >= BLOCK_BYTES && bytes <= BLOCK_BYTES_MAX && (bytes & (bytes - 1)) === 0
}

function invalid(message: string, hint?: string): VoltError {
  return new VoltError('DISK_INVALID', message, hint === undefined ? {} : { hint })
}
