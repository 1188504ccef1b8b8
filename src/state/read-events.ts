// Reads the events of volt-vmm: how a VM is, or ended, is in the last lines, as far as they are whole.
import { open } from 'node:fs/promises'
import type { VmEvent } from '../host/native-addon.ts'
import { isMissing } from './read-json.ts'

const TAIL_BYTES = 64 * 1024

type EventOf<Kind> = Extract<VmEvent, { event: Kind }>

/** The last event of these kinds; undefined when there is none near the end. */
export async function readLast<Kind extends VmEvent['event']>(
  path: string,
  kinds: readonly Kind[],
): Promise<EventOf<Kind> | undefined> {
  return (await readTail(path)).split('\n').map(parseEvent).filter(isOneOf(kinds)).at(-1)
}

/** All events of these kinds, oldest first: others in between may be many, as faults of a guest's drivers are. */
export async function readAll<Kind extends VmEvent['event']>(
  path: string,
  kinds: readonly Kind[],
): Promise<EventOf<Kind>[]> {
  const found: EventOf<Kind>[] = []
  try {
    // Closed by what reads it.
    const handle = await open(path, 'r')
    const isOne = isOneOf(kinds)
    for await (const line of handle.readLines()) {
      const event = parseEvent(line)
      if (isOne(event)) found.push(event)
    }
  } catch (error) {
    if (!isMissing(error)) throw error
  }
  return found
}

function isOneOf<Kind>(kinds: readonly Kind[]): (event: VmEvent | undefined) => event is EventOf<Kind> {
  return (event): event is EventOf<Kind> => event !== undefined && (kinds as readonly string[]).includes(event.event)
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
