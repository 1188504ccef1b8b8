// Remembers where each key and value of a document stands in the text.
import { pointerSegments, child } from './problem.ts'

/** Offsets in UTF-16 code units; the end is behind the last one. */
export interface Span {
  start: number
  end: number
}

interface Place {
  key?: Span
  value: Span
}

export class Locations {
  readonly #places = new Map<string, Place>()
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  add(pointer: string, place: Place): void {
    this.#places.set(pointer, place)
  }

  /**
   * What to mark for a problem at `pointer`. A value that is empty or takes several lines is marked by its key. For a
   * field that is not in the text it is the nearest one around it, and the document's first key in the end.
   */
  find(pointer: string, at: 'key' | 'value' = 'value'): Span {
    const place = this.#places.get(pointer)
    if (place === undefined) return pointer === '' ? { start: 0, end: 0 } : this.find(parentOf(pointer))
    const value = this.#trim(place.value)
    const compact = value.start < value.end && !this.#text.slice(value.start, value.end).includes('\n')
    if (compact && !(at === 'key' && place.key !== undefined)) return value
    return place.key ?? this.#firstLine(value)
  }

  #firstLine(span: Span): Span {
    const lineEnd = this.#text.indexOf('\n', span.start)
    const end = lineEnd === -1 ? span.end : Math.min(lineEnd, span.end)
    const colon = this.#text.slice(span.start, end).search(/:(\s|$)/)
    return this.#trim({ start: span.start, end: colon > 0 ? span.start + colon : end })
  }

  #trim(span: Span): Span {
    return { start: span.start, end: span.start + this.#text.slice(span.start, span.end).trimEnd().length }
  }
}

function parentOf(pointer: string): string {
  return pointerSegments(pointer).slice(0, -1).reduce<string>(child, '')
}
