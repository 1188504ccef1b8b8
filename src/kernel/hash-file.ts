// SHA-256 of a whole file through the handle that is handed over later.
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { KernelError } from './kernel-error.ts'

const CHUNK_BYTES = 1024 * 1024

/** Lower-case hex of the first `size` bytes. Throws KernelError `damaged` when the file is being changed meanwhile. */
export async function hashFile(handle: FileHandle, size: number): Promise<string> {
  const hash = createHash('sha256')
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(size, 1)))
  for (let offset = 0; offset < size;) {
    const { bytesRead } = await handle.read(chunk, 0, Math.min(chunk.length, size - offset), offset)
    if (bytesRead === 0) break
    hash.update(chunk.subarray(0, bytesRead))
    offset += bytesRead
  }
  if ((await handle.stat()).size !== size) {
    throw new KernelError('damaged', 'the file changed while it was read', 'try again when nobody writes to it')
  }
  return hash.digest('hex')
}
