// Reads the events of volt-vmm: how a VM is, or ended, is in the last lines, as far as they are whole.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { VmEvent } from '../host/native-addon.ts'
import { EventLines, parseEvent } from './event-lines.ts'
import { isMissing } from './read-json.ts'

const TAIL_BYTES = 64 * 1024

type EventOf<Kind> = Extract<VmEvent, { event: Kind }>

/** The last event of these kinds; undefined when there is none near the end. */
export function readLast<Kind extends VmEvent['event']>(
  path: string,
  kinds: readonly Kind[],
): EventOf<Kind> | undefined {
  return readTail(path).split('\n').map(parseEvent).filter(isOneOf(kinds)).at(-1)
}

/** All events of these kinds, oldest first, a few at a time: a guest can make them many. */
export async function* eventsOf<Kind extends VmEvent['event']>(
  path: string,
  kinds: readonly Kind[],
): AsyncGenerator<EventOf<Kind>> {
  try {
    // Closed by what reads it.
    const handle = await open(path, 'r')
    const isOne = isOneOf(kinds)
    const lines = new EventLines()
    for await (const chunk of handle.createReadStream()) yield* lines.take(chunk as Buffer).filter(isOne)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

/** As readLast, wherever it is in the file: others behind it may be many, as faults of a guest's drivers are. */
export async function findLast<Kind extends VmEvent['event']>(
  path: string,
  kinds: readonly Kind[],
): Promise<EventOf<Kind> | undefined> {
  let last: EventOf<Kind> | undefined
  for await (const event of eventsOf(path, kinds)) last = event
  return last
}

function isOneOf<Kind>(kinds: readonly Kind[]): (event: VmEvent | undefined) => event is EventOf<Kind> {
  return (event): event is EventOf<Kind> => event !== undefined && (kinds as readonly string[]).includes(event.event)
}

function readTail(path: string): string {
  try {
    const fd = openSync(path, 'r')
    try {
      const { size } = fstatSync(fd)
      const tail = Buffer.alloc(Math.min(size, TAIL_BYTES))
      return tail.toString('utf8', 0, readSync(fd, tail, 0, tail.length, size - tail.length))
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    if (isMissing(error)) return ''
    throw error
  }
}
