// Turns offsets in a text into lines and columns.
import type { Position } from './diagnostic.ts'

export class LineIndex {
  readonly #starts: number[] = [0]
  readonly #length: number

  /** Lines end at a line feed, as in YAML's core and in editors; a carriage return before it belongs to the line. */
  constructor(text: string) {
    this.#length = text.length
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1)
  }

  /** `offset` in UTF-16 code units; what lies outside the text is moved to its ends. */
  positionAt(offset: number): Position {
    const wanted = Math.min(Math.max(offset, 0), this.#length)
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#starts[middle] ?? 0) <= wanted) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: wanted - (this.#starts[low] ?? 0) + 1 }
  }
}
