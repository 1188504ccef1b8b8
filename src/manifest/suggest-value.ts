// Guesses what a wrong value was meant to be.
import { didYouMean } from './did-you-mean.ts'
import { quote } from './problem.ts'
import type { SchemaNode } from './schema.ts'
import { suggestSize } from './size.ts'
import { typeName } from './collapse-errors.ts'

/** A hint for a value that `schema` refuses, or undefined where nothing can be guessed. */
export function suggestValue(value: unknown, schema: SchemaNode, pointer: string): string | undefined {
  if (value === null) return 'give it a value, or leave the key out'
  const guess = guessByField(value, pointer) ?? guessBySchema(value, schema)
  return guess === undefined ? undefined : `did you mean ${guess}?`
}

function guessByField(value: unknown, pointer: string): string | undefined {
  if (pointer === '/memory') return suggestSize(value)
  if (typeof value !== 'string') return undefined
  if (pointer === '/metadata/name') return suggestName(value)
  return pointer === '/kernel/sha256' ? suggestDigest(value) : undefined
}

function guessBySchema(value: unknown, schema: SchemaNode): string | undefined {
  const words = (schema.const === undefined ? (schema.enum ?? []) : [schema.const]).map(String)
  if (words.length > 0) return words.length === 1 ? words[0] : didYouMean(String(value), words)
  const types = schema.oneOf?.map(({ type }) => type) ?? [schema.type]
  if (types.includes('integer') && typeof value === 'string') return guessInteger(value)
  if (types.includes('boolean')) return guessBoolean(value)
  return types.includes('string') && ['number', 'boolean'].includes(typeof value) ? quote(String(value)) : undefined
}

function guessInteger(text: string): string | undefined {
  return /^\s*\d{1,15}\s*$/.test(text) ? `${Number(text)} (without quotes)` : undefined
}

/** YAML 1.1 had more words for true and false than YAML 1.2 has. */
function guessBoolean(value: unknown): string | undefined {
  const word = String(value).trim().toLowerCase()
  if (['true', 'yes', 'on', 'y', '1', 'enabled'].includes(word)) return 'true'
  return ['false', 'no', 'off', 'n', '0', 'disabled'].includes(word) ? 'false' : undefined
}

function suggestName(name: string): string | undefined {
  const guess = name
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '')
  return guess === '' ? undefined : guess
}

function suggestDigest(digest: string): string | undefined {
  const guess = digest
    .trim()
    .toLowerCase()
    .replace(/^sha256[:-]/, '')
  return /^[0-9a-f]{64}$/.test(guess) ? guess : undefined
}

/** What to say of a value in "not …". */
export function describeValue(value: unknown): string {
  const type = typeName(value)
  if (type === 'null') return 'nothing'
  if (type === 'array') return 'a list'
  if (type === 'object') return 'a mapping'
  return type === 'string' ? `the string ${quote(value)}` : String(value)
}
