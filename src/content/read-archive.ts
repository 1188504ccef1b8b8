// An archive that may be packed, as its first bytes say.
import type { Readable } from 'node:stream'
import { pieceOf } from '../store/incoming-file.ts'
import { openFile } from './open-file.ts'
import { readPacked } from './tar-members.ts'

export interface ArchiveRequest {
  /** Absolute path. */
  file: string
  /** For people. */
  what: string
  /** It may unpack to as many. */
  limitBytes: number
  signal?: AbortSignal
}

const MAGICS = [
  { packing: 'gzip', magic: Buffer.from([0x1f, 0x8b]) },
  { packing: 'zstd', magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]) },
] as const

/** Whatever it was packed by, `take` gets the archive. Throws ContentError, NOT_BUILT, HOST_ERROR, and what `take` throws. */
export async function readArchive(
  { file, what, limitBytes, signal }: ArchiveRequest,
  take: (archive: Readable) => Promise<void>,
): Promise<void> {
  const handle = await openFile(file, what)
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0)
    const { size } = await handle.stat()
    const content = pieceOf(handle, 0, size)
    try {
      const packing = MAGICS.find(({ magic }) => buffer.subarray(0, magic.length).equals(magic))?.packing
      if (packing === undefined) await take(content)
      else await readPacked(content, packing, what, limitBytes, take, signal)
    } finally {
      // Who fails before it reads leaves it open, and the handle waits for it.
      content.destroy()
    }
  } finally {
    await handle.close()
  }
}
