// Reads a growing file, such as a console log, as it grows.
import { open, stat, type FileHandle } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { isMissing } from '../state/read-json.ts'

const POLL_MS = 50
const CHUNK_BYTES = 64 * 1024

/** Yields what is in the file. Ends at its end. A missing file is empty. */
export function readWhole(path: string): AsyncGenerator<Buffer> {
  return followFile(path, async () => true)
}

/**
 * Yields what is in the file and what is added, until `ended` says that nothing more comes or the signal aborts.
 * A file that is replaced meanwhile, as at a restart, is read from its beginning.
 */
export async function* followFile(
  path: string,
  ended: () => Promise<boolean>,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  let handle = await openIfThere(path)
  try {
    for (;;) {
      // Asked before reading: what was written before the end is then read.
      const last = await ended()
      if (handle !== undefined) yield* readRest(handle)
      if (signal?.aborted) return
      if (handle === undefined || (await wasReplaced(handle, path))) {
        const next = await openIfThere(path)
        if (next !== undefined) {
          await handle?.close()
          handle = next
          continue
        }
      }
      if (last) return
      await sleep(POLL_MS, undefined, signal && { signal }).catch(() => undefined)
    }
  } finally {
    await handle?.close()
  }
}

async function* readRest(handle: FileHandle): AsyncGenerator<Buffer> {
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function wasReplaced(handle: FileHandle, path: string): Promise<boolean> {
  const there = await stat(path).catch(() => undefined)
  return there !== undefined && there.ino !== (await handle.stat()).ino
}
