// Turns one error of ajv into a problem with a code, a sentence and a hint.
import type { ErrorObject } from 'ajv'
import { pointerOf } from './collapse-errors.ts'
import { didYouMean } from './did-you-mean.ts'
import { child, fieldName, quote, type Problem } from './problem.ts'
import { ownersOf, schemaOf, type Format, type SchemaNode } from './schema.ts'
import { describeValue, suggestValue, suggestWord } from './suggest-value.ts'

const TYPE_PHRASES: Record<string, string> = {
  string: 'a string',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
}

/** `error` must come from a validation with `verbose`. */
export function explainError(error: ErrorObject, format: Format): Problem {
  const pointer = pointerOf(error)
  const field = fieldName(pointer)
  const schema = error.parentSchema as SchemaNode
  const limit = (error.params as { limit?: number }).limit ?? 0
  const wrong = (code: string, message: string, hint?: string): Problem => {
    return { code, message, pointer, ...(hint !== undefined && { hint }) }
  }
  const suggestion = () => suggestValue(error.data, schema, pointer)
  switch (error.keyword) {
    case 'additionalProperties':
      return explainUnknownKey(error, pointer, format)
    case 'required':
      return explainMissingKey(error, pointer)
    case 'type':
    case 'oneOf':
      return wrong('V004', `${field} ${typePhrase(schema)}, not ${describeValue(error.data)}`, suggestion())
    case 'enum':
      if (error.propertyName !== undefined) return explainUnknownName(error, pointer)
      return wrong('V003', `${field} ${choices(schema)}, not ${describeValue(error.data)}`, suggestion())
    case 'const':
      return wrong('V003', `${field} ${choices(schema)}, not ${describeValue(error.data)}`, suggestion())
    case 'pattern':
      return {
        ...wrong('V003', `${field} ${schema.patternErrorMessage ?? 'is not well formed'}`, suggestion()),
        ...(error.propertyName !== undefined && { at: 'key' as const }),
      }
    case 'minLength':
      return wrong('V003', `${field} must not be empty`)
    case 'minimum':
      return wrong('V007', `${field} must be at least ${limit}, not ${quote(error.data)}`)
    case 'maximum':
      return wrong('V007', `${field} must be at most ${limit}, not ${quote(error.data)}`)
    case 'maxLength':
      return wrong('V007', `${field} must have at most ${limit} characters`)
    case 'minItems':
      return wrong('V007', `${field} must have at least ${limit} ${limit === 1 ? 'entry' : 'entries'}`)
    case 'uniqueItems':
      return explainRepetition(error, pointer)
    case 'maxItems':
    case 'maxProperties':
      return wrong('V007', `${field} must have at most ${limit} entries`)
    default:
      return wrong('V003', `${field} ${error.message ?? 'is wrong'}`)
  }
}

function typePhrase(schema: SchemaNode): string {
  if (schema.patternErrorMessage !== undefined) return schema.patternErrorMessage
  const types = schema.oneOf?.map(({ type }) => type) ?? [schema.type]
  return `must be ${types.map((type) => TYPE_PHRASES[type ?? ''] ?? String(type)).join(' or ')}`
}

/** Of a long list, what its words are. */
function choices(schema: SchemaNode): string {
  if (schema.patternErrorMessage !== undefined) return schema.patternErrorMessage
  const words = (schema.const === undefined ? (schema.enum ?? []) : [schema.const]).map(String)
  return `must be ${words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`}`
}

/** A key that is not one of the words that the mapping's keys are. */
function explainUnknownName(error: ErrorObject, pointer: string): Problem {
  const { patternErrorMessage, enum: words = [] } = error.parentSchema as SchemaNode
  const key = String(error.propertyName)
  const near = suggestWord(key, words.map(String))
  const hint = near === undefined ? `a key here ${patternErrorMessage}` : `did you mean ${near}?`
  const message = `unknown key ${quote(key)} in ${fieldName(error.instancePath)}`
  return { code: 'V005', message, pointer, at: 'key', hint }
}

function explainRepetition(error: ErrorObject, pointer: string): Problem {
  const { i, j } = error.params as { i: number; j: number }
  const later = Math.max(i, j)
  const message = `${fieldName(pointer)} has ${quote((error.data as unknown[])[later])} twice`
  return { code: 'V003', message, pointer: child(pointer, later), hint: 'keep one of them' }
}

function explainUnknownKey(error: ErrorObject, pointer: string, format: Format): Problem {
  const key = String((error.params as { additionalProperty: unknown }).additionalProperty)
  const known = knownKeys(error, format)
  const where = error.instancePath === '' ? '' : ` in ${fieldName(error.instancePath)}`
  const message = `unknown key ${quote(key)}${where}`
  return { code: 'V005', message, pointer, at: 'key', hint: hintForUnknownKey(key, known, format) }
}

/** At the top level with those that say how a manifest is put together. */
function knownKeys(error: ErrorObject, format: Format): string[] {
  const { properties = {} } = error.instancePath === '' ? schemaOf(format) : (error.parentSchema as SchemaNode)
  return Object.keys(properties)
}

/** What others call readiness. */
const READINESS_WORDS = new Set(['healthcheck', 'readinessProbe', 'livenessProbe', 'startupProbe'])
const READINESS_HINT = 'what tells that a guest is ready is one sign: readiness: { console: "login:" }'
/** What others call shares. */
const SHARE_WORDS = new Set(['mounts', 'filesystems', 'virtiofs', 'sharedDirectories'])
const SHARE_HINT = 'directories are a list: shares: [{ tag: src, directory: ./src }]'
/** What others call networks. */
const NETWORK_WORDS = new Set(['net', 'nics', 'interfaces', 'netdev', 'ports'])
const NETWORK_HINT = 'networks are a list: networks: [{ user: { ports: ["8080:80"] } }]'
/** What others call disks. */
const DISK_WORDS = new Set(['drives', 'volumes', 'devices', 'storage', 'additionalDisks'])
const DISK_HINT = 'disks are a list: disks: [{ name: root, path: ./root.img }]'

function hintForUnknownKey(key: string, known: readonly string[], format: Format): string {
  if (key === '<<') return 'merge keys are not part of YAML 1.2; write the fields out'
  const near = didYouMean(key, known)
  if (near !== undefined) return `did you mean ${near}?`
  if (NETWORK_WORDS.has(key)) return NETWORK_HINT
  if (SHARE_WORDS.has(key)) return SHARE_HINT
  if (READINESS_WORDS.has(key)) return READINESS_HINT
  if (DISK_WORDS.has(key)) return DISK_HINT
  const [owner] = ownersOf(key, schemaOf(format))
  if (owner === undefined) return `known keys are ${known.join(', ')}`
  return owner === '' ? `${key} belongs at the top level` : `${key} belongs in ${owner}`
}

/** The key that an unknown one was meant to be, if it is one of the same mapping. */
export function intendedKey(error: ErrorObject): string | undefined {
  if (error.keyword !== 'additionalProperties') return undefined
  const key = String((error.params as { additionalProperty: unknown }).additionalProperty)
  return didYouMean(key, Object.keys((error.parentSchema as SchemaNode).properties ?? {}))
}

function explainMissingKey(error: ErrorObject, pointer: string): Problem {
  const key = String((error.params as { missingProperty: unknown }).missingProperty)
  const schema = (error.parentSchema as SchemaNode).properties?.[key]
  const example = typeof schema?.const === 'string' ? `write ${key}: ${schema.const}` : undefined
  const message = `${fieldName(pointer)} must have the key ${key}`
  return { code: 'V006', message, pointer, at: 'key', ...(example !== undefined && { hint: example }) }
}
