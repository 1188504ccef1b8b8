// Reads the events of volt-vmm from their end: how a VM ended is in the last line, if that line is whole.
import { open } from 'node:fs/promises'
import type { StoppedEvent, VmEvent } from '../host/native-addon.ts'
import { isMissing } from './read-json.ts'

const TAIL_BYTES = 64 * 1024

/** The `stopped` event, which is the last one; undefined when the VM has not ended or was killed. */
export async function readStopped(path: string): Promise<StoppedEvent | undefined> {
  const lines = (await readTail(path)).split('\n')
  for (const line of lines.reverse()) {
    const event = parseEvent(line)
    if (event?.event === 'stopped') return event
  }
  return undefined
}

/** One line of events; undefined for a line that is cut off or is none. */
export function parseEvent(line: string): VmEvent | undefined {
  try {
    const value = JSON.parse(line) as { formatVersion?: unknown; event?: unknown } | null
    return value?.formatVersion === 1 && typeof value.event === 'string' ? (value as VmEvent) : undefined
  } catch {
    return undefined
  }
}

async function readTail(path: string): Promise<string> {
  try {
    const handle = await open(path, 'r')
    try {
      const { size } = await handle.stat()
      const length = Math.min(size, TAIL_BYTES)
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length)
      return buffer.toString('utf8', 0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (isMissing(error)) return ''
    throw error
  }
}
