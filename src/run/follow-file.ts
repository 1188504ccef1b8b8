// Reads a growing file, such as a console log, as it grows.
import { open, stat, type FileHandle } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { isMissing } from '../state/read-json.ts'

const POLL_MS = 50
const CHUNK_BYTES = 64 * 1024

/** Yields what is in the older file, if any, and in the file. Ends at its end. A missing file is empty. */
export function readWhole(path: string, older?: string): AsyncGenerator<Buffer> {
  return followFile(path, async () => true, { ...(older !== undefined && { older }) })
}

interface FollowOptions {
  signal?: AbortSignal
  /** The file that came before, as of a log that is rotated. */
  older?: string
}

/**
 * Yields what is in the file and what is added, until `ended` says that nothing more comes or the signal aborts.
 * A file that is replaced meanwhile, as at a restart or when a log is rotated, is read from its beginning.
 */
export async function* followFile(
  path: string,
  ended: () => Promise<boolean>,
  { signal, older }: FollowOptions = {},
): AsyncGenerator<Buffer> {
  // Opened before the older one is looked at: what is rotated meanwhile is read by this.
  let handle = await openIfThere(path)
  try {
    if (older !== undefined) yield* readOlder(older, handle)
    for (;;) {
      // Asked before reading: what was written before the end is then read.
      const last = await ended()
      if (handle !== undefined) yield* readRest(handle)
      if (signal?.aborted) return
      if (handle === undefined || (await wasReplaced(handle, path))) {
        const next = await openIfThere(path)
        if (next !== undefined) {
          // What was written before its writer turned to the next.
          if (handle !== undefined) yield* readRest(handle)
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

async function* readOlder(path: string, newer: FileHandle | undefined): AsyncGenerator<Buffer> {
  const handle = await openIfThere(path)
  if (handle === undefined) return
  try {
    if ((await handle.stat()).ino !== (await newer?.stat())?.ino) yield* readRest(handle)
  } finally {
    await handle.close()
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
