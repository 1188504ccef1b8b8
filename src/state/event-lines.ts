// Events from bytes as they come.
import { StringDecoder } from 'node:string_decoder'
import type { VmEvent } from '../host/native-addon.ts'
import { soundEvent } from './event-shape.ts'

/** Far more than any event has; whoever writes without end is kept nothing of. */
const LINE_MAX_CHARACTERS = 256 * 1024

/** One line of events; undefined for a line that is cut off or is none. */
export function parseEvent(line: string): VmEvent | undefined {
  try {
    return soundEvent(JSON.parse(line))
  } catch {
    return undefined
  }
}

export class EventLines {
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''
  /** Whether the beginning of the line is gone. */
  #isCut = false

  /** The events whose lines end in the chunk; lines that are none or too long are left out. */
  take(chunk: Buffer): VmEvent[] {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n')
    this.#rest = lines.pop() ?? ''
    const events = lines.flatMap((line, index) => {
      const isWhole = (index > 0 || !this.#isCut) && line.length <= LINE_MAX_CHARACTERS
      return (isWhole && parseEvent(line)) || []
    })
    this.#isCut = this.#isCut && lines.length === 0
    if (this.#rest.length > LINE_MAX_CHARACTERS) {
      this.#rest = ''
      this.#isCut = true
    }
    return events
  }
}
