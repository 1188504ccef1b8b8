// The types of variables, and what their values look like.
import { suggestDuration } from '../duration.ts'
import { suggestSize } from '../size.ts'

export type VariableType = 'string' | 'number' | 'boolean' | 'size' | 'duration' | 'path'
export type VariableValue = string | number | boolean

interface TypeRule {
  phrase: string
  /** Of a value as YAML has it. */
  accepts: (value: unknown) => boolean
  /** What a word of the command line stands for, where it is not the word itself. */
  read?: (text: string) => unknown
  suggest?: (value: unknown) => string | undefined
}

const TYPES: Readonly<Record<VariableType, TypeRule>> = {
  string: { phrase: 'a string', accepts: (value) => typeof value === 'string' },
  number: {
    phrase: 'a number',
    accepts: (value) => Number.isFinite(value),
    read: (text) => (/^-?\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : text),
  },
  boolean: {
    phrase: 'true or false',
    accepts: (value) => typeof value === 'boolean',
    read: (text) => (text === 'true' ? true : text === 'false' ? false : text),
  },
  size: {
    phrase: 'a size such as 512MiB or 1GiB',
    accepts: (value) => typeof value === 'string' && /^[1-9][0-9]{0,15}(KiB|MiB|GiB|TiB)$/.test(value),
    suggest: suggestSize,
  },
  duration: {
    phrase: 'a duration such as 500ms, 30s, 2m or 1h',
    accepts: (value) =>
      (typeof value === 'string' || typeof value === 'number') &&
      /^(0|[1-9][0-9]{0,8})(ms|s|m|h)?$/.test(String(value)),
    suggest: suggestDuration,
  },
  path: { phrase: 'a path', accepts: (value) => typeof value === 'string' && /^\P{Cc}+$/u.test(value) },
}

export type TypedValue = { ok: true; value: VariableValue } | { ok: false; message: string; hint?: string }

/** `fromText` is for words of the command line, which are strings all of them. */
export function valueOfType(value: unknown, type: VariableType, fromText: boolean): TypedValue {
  const { accepts, read, phrase, suggest } = TYPES[type]
  const typed = fromText && read !== undefined ? read(String(value)) : value
  if (accepts(typed)) return { ok: true, value: typed as VariableValue }
  const guess = suggest?.(value)
  return { ok: false, message: `must be ${phrase}`, ...(guess !== undefined && { hint: `did you mean ${guess}?` }) }
}
