// Guesses what a wrong value was meant to be.
import { didYouMean } from './did-you-mean.ts'
import { suggestDuration } from './duration.ts'
import { suggestIndexList } from './index-list.ts'
import { quote } from './problem.ts'
import { suggestPorts } from './ports.ts'
import { suggestBandwidth } from './rate.ts'
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
  if (/^((\/numa\/\d+)?\/memory|\/balloon\/target|\/console\/maxSize|\/resources\/memoryOverhead)$/.test(pointer))
    return suggestSize(value)
  if (/^\/(stopTimeout|balloon\/statsInterval|readiness\/timeout)$/.test(pointer)) return suggestDuration(value)
  if (/\/rateLimit\/(bandwidth|receive|transmit)(\/rate)?$/.test(pointer)) return suggestBandwidth(value)
  if (/\/user\/ports\/\d+$/.test(pointer)) return suggestPorts(value)
  if (/\/rateLimit\/(bandwidth|receive|transmit)\/burst$/.test(pointer)) return suggestSize(value)
  if (/^\/(numa\/\d+\/vcpus|vcpus\/pin(\/\d+)?)$/.test(pointer)) return suggestList(value)
  if (typeof value !== 'string') return undefined
  if (/^\/networks\/\d+\/mac$/.test(pointer)) return suggestMac(value)
  if (pointer === '/metadata/name') return suggestName(value)
  return pointer === '/kernel/sha256' ? suggestDigest(value) : undefined
}

function guessBySchema(value: unknown, schema: SchemaNode): string | undefined {
  const { enum: choices = [] } = schema
  if (choices.includes(true)) {
    const truth = guessBoolean(value)
    if (truth !== undefined) return truth
  }
  const words = (schema.const === undefined ? (schema.enum ?? []) : [schema.const]).map(String)
  if (words.length > 0) return words.length === 1 ? words[0] : suggestWord(String(value), words)
  const types = schema.oneOf?.map(({ type }) => type) ?? [schema.type]
  if (types.includes('integer') && typeof value === 'string') return guessInteger(value)
  if (types.includes('boolean')) return guessBoolean(value)
  return types.includes('string') && ['number', 'boolean'].includes(typeof value) ? quote(String(value)) : undefined
}

/** Names of processor features by manuals and other monitors, where Linux has one of its own. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['sse3', 'pni'],
  ['lzcnt', 'abm'],
  ['cmpxchg16b', 'cx16'],
  ['cmpxchg8b', 'cx8'],
  ['lahf', 'lahf_lm'],
  ['sha', 'sha_ni'],
  ['fxsave', 'fxsr'],
  ['sysenter', 'sep'],
  ['gbpages', 'pdpe1gb'],
  ['invtsc', 'nonstop_tsc'],
  ['mwait', 'monitor'],
  ['clfsh', 'clflush'],
  ['cet', 'shstk'],
])

/** The one of `words` that a word was meant to be. */
export function suggestWord(word: string, words: readonly string[]): string | undefined {
  const synonym = SYNONYMS.get(word.toLowerCase())
  return synonym !== undefined && words.includes(synonym) ? synonym : didYouMean(word, words)
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

/** In quotes: a bare index would be a number again. */
function suggestList(value: unknown): string | undefined {
  const list = suggestIndexList(value)
  return list === undefined ? undefined : quote(list)
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

/** With hyphens or dots as others write it, or without any. */
function suggestMac(mac: string): string | undefined {
  const digits = mac.trim().toLowerCase().replace(/[-:.]/g, '')
  return /^[0-9a-f]{12}$/.test(digits) ? digits.replace(/(..)(?=.)/g, '$1:') : undefined
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
