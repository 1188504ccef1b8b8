// A problem inside one document, before it has a line and a column.
import type { Severity } from './diagnostic.ts'
import type { Span } from './locations.ts'

export interface Problem {
  code: string
  severity?: Severity
  message: string
  /** JSON pointer (RFC 6901) into the document. */
  pointer: string
  /** Whether the key or the value at the pointer is at fault; the value unless said otherwise. */
  at?: 'key' | 'value'
  /** Where it stands, when that is not where the pointer leads: the second of two equal keys. */
  span?: Span
  hint?: string
}

/** Appends a key or index to a JSON pointer. */
export function child(pointer: string, key: string | number): string {
  return `${pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`
}

export function pointerSegments(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The way people name a field: `vcpus.count`, `kernel.cmdline[2]`; 'a manifest' for the document itself. */
export function fieldName(pointer: string): string {
  const name = pointerSegments(pointer)
    .map((segment) =>
      /^\d+$/.test(segment) ? `[${segment}]` : `.${/^[\w-]+$/.test(segment) ? segment : quote(segment)}`,
    )
    .join('')
  return name === '' ? 'a manifest' : name.replace(/^\./, '')
}

const QUOTED_MAX = 60

/** A value as it may be shown: on one line, without control characters, cut where it is long. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  const visible = text.replace(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  return visible.length > QUOTED_MAX ? `${visible.slice(0, QUOTED_MAX)}…` : visible
}
