// Finds the kernel that a bzImage carries packed (Documentation/arch/x86/boot.rst, payload_offset and payload_length).
import type { ByteReader } from './byte-reader.ts'
import type { BzImageKernel } from './image.ts'

export type Packing = 'gzip' | 'xz' | 'lz4' | 'zstd' | 'bzip2'

export interface Payload {
  /** Where the packed stream lies in the file, in bytes. */
  offset: number
  length: number
  /** `none`: it is an ELF as it is. `lzma` and `lzo`: kernels have them, Volt unpacks neither. */
  packing: Packing | 'none' | 'lzma' | 'lzo'
  /** Length of what it unpacks to, as the kernel's build wrote it behind the stream. */
  unpackedBytes: number
  /** Of gzip: the checksum of what it unpacks to (RFC 1952, CRC32). */
  crc32?: number
}

/** In the setup header, which begins at 0x1f1 of the file. */
const HEADER_START = 0x1f1
const PAYLOAD_OFFSET = 0x248 - HEADER_START
const PAYLOAD_LENGTH = 0x24c - HEADER_START
/** scripts/Makefile.lib: the length follows the stream, and is not part of it. gzip has its own there (RFC 1952, ISIZE). */
const TRAILER_BYTES = 4
const MAGIC_BYTES = 9

/** As the kernel's lib/decompress.c tells them apart, in Latin-1. */
const MAGICS: readonly [string, Payload['packing']][] = [
  ['\x7fELF', 'none'],
  ['\x1f\x8b', 'gzip'],
  ['\xfd7zXZ\0', 'xz'],
  ['\x02\x21\x4c\x18', 'lz4'],
  ['\x28\xb5\x2f\xfd', 'zstd'],
  ['BZh', 'bzip2'],
  ['\x5d\0\0', 'lzma'],
  ['\x89LZO\0\r\n\x1a\n', 'lzo'],
]

/** Undefined where the header names no payload within the kernel, or one that is packed in no known way. */
export async function findPayload(reader: ByteReader, kernel: BzImageKernel): Promise<Payload | undefined> {
  const { setupHeader, payloadOffset: start, payloadSize: room } = kernel
  const header = new DataView(setupHeader.buffer, setupHeader.byteOffset, setupHeader.byteLength)
  const inside = header.getUint32(PAYLOAD_OFFSET, true)
  const length = header.getUint32(PAYLOAD_LENGTH, true)
  if (length < MAGIC_BYTES + TRAILER_BYTES || inside + length > room) return undefined
  const offset = start + inside
  const head = await reader.read(offset, MAGIC_BYTES, 'packed kernel')
  const text = Buffer.from(head.buffer, head.byteOffset, MAGIC_BYTES).toString('latin1')
  const packing = MAGICS.find(([magic]) => text.startsWith(magic))?.[1]
  if (packing === undefined) return undefined
  if (packing === 'none') return { offset, length, packing, unpackedBytes: length }
  const end = await reader.read(offset + length - 2 * TRAILER_BYTES, 2 * TRAILER_BYTES, 'packed kernel')
  const unpackedBytes = end.getUint32(TRAILER_BYTES, true)
  if (packing === 'gzip') return { offset, length, packing, unpackedBytes, crc32: end.getUint32(0, true) }
  return { offset, length: length - TRAILER_BYTES, packing, unpackedBytes }
}
