// Reads pieces of a file at given places, never beyond its end: what the parsers see of a file.
import type { FileHandle } from 'node:fs/promises'
import { KernelError } from './kernel-error.ts'

export interface ByteReader {
  /** Length of the whole file in bytes. */
  readonly size: number
  /**
   * Exactly `length` bytes from `offset`. Throws KernelError `damaged` with `what` in its sentence when the file ends
   * before that, or when offset or length is not a whole number from 0.
   */
  read(offset: number, length: number, what: string): Promise<DataView>
}

/** `size` must be the file's length; the handle's own position is neither used nor moved. */
export function fileReader(handle: FileHandle, size: number): ByteReader {
  return {
    size,
    async read(offset, length, what) {
      checkRange(size, offset, length, what)
      const bytes = Buffer.alloc(length)
      let done = 0
      while (done < length) {
        const { bytesRead } = await handle.read(bytes, done, length - done, offset + done)
        if (bytesRead === 0) throw truncated(size, what)
        done += bytesRead
      }
      return new DataView(bytes.buffer, bytes.byteOffset, length)
    },
  }
}

function checkRange(size: number, offset: number, length: number, what: string): void {
  const sound = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0
  if (!sound || offset > size || length > size - offset) throw truncated(size, what)
}

function truncated(size: number, what: string): KernelError {
  return new KernelError('damaged', `the file ends within its ${what} (it has ${size} bytes)`, 'copy or build it again')
}

/** Bytes as Latin-1 text, up to the first NUL. */
export function textOf(view: DataView, offset = 0, length = view.byteLength - offset): string {
  const text = Buffer.from(view.buffer, view.byteOffset + offset, length).toString('latin1')
  const end = text.indexOf('\0')
  return end === -1 ? text : text.slice(0, end)
}
