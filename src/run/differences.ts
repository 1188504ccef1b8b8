// Where two values differ, as deep as both have the same shape; entries of lists are told apart by what they are called.
import { isDeepStrictEqual } from 'node:util'

export interface Difference {
  /** For people: `disks.root.path`, `numa[1].memory`. */
  field: string
  /** As the schema has it: `disks[].path`. */
  path: string
  /** Undefined where there is none. */
  from: unknown
  to: unknown
}

interface Place {
  field: string
  path: string
}

/** By name of the field; of mappings of the user's, such as labels, entries are told apart too. */
export function differencesOf(before: object, after: object): Difference[] {
  return compare(before, after, { field: '', path: '' })
}

function compare(before: unknown, after: unknown, place: Place): Difference[] {
  if (isDeepStrictEqual(before, after)) return []
  if (isMapping(before) && isMapping(after)) return compareMappings(before, after, (key) => inside(place, key))
  if (!Array.isArray(before) || !Array.isArray(after)) return [{ ...place, from: before, to: after }]
  const [old, now] = [byName(before), byName(after)]
  if (old !== undefined && now !== undefined) {
    const [names, others] = [Object.keys(old), Object.keys(now)]
    const order = isDeepStrictEqual(names, others) ? [] : [{ ...place, from: names, to: others }]
    const stay = (entries: Record<string, unknown>, rest: object): Record<string, unknown> =>
      Object.fromEntries(Object.entries(entries).filter(([name]) => Object.hasOwn(rest, name)))
    const entry = (name: string): Place => ({ field: `${place.field}.${name}`, path: `${place.path}[]` })
    return [...order, ...compareMappings(stay(old, now), stay(now, old), entry)]
  }
  if (before.length !== after.length || !before.every(isMapping)) return [{ ...place, from: before, to: after }]
  return before.flatMap((entry, index) =>
    compare(entry, after[index], { field: `${place.field}[${index}]`, path: `${place.path}[]` }),
  )
}

function compareMappings(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  placeOf: (key: string) => Place,
): Difference[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return keys.flatMap((key) => compare(before[key], after[key], placeOf(key)))
}

function inside({ field, path }: Place, key: string): Place {
  return field === '' ? { field: key, path: key } : { field: `${field}.${key}`, path: `${path}.${key}` }
}

/** A list of mappings that have names, such as disks, or tags, as a mapping; undefined for other lists. */
function byName(list: readonly unknown[]): Record<string, unknown> | undefined {
  const entries = list.map((entry) => (isMapping(entry) ? ([entry['name'] ?? entry['tag'], entry] as const) : []))
  return entries.every(([name]) => typeof name === 'string')
    ? (Object.fromEntries(entries) as Record<string, unknown>)
    : undefined
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** As YAML in a line; `none` where there is no value, names of a list without brackets. */
export function shown(value: unknown): string {
  if (value === undefined) return 'none'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(shown).join(', ')
  return scalarOrFlow(value)
}

function scalarOrFlow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(scalarOrFlow).join(', ')}]`
  if (isMapping(value)) {
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
    // Of a device that has nothing to say.
    if (entries.length === 0) return 'true'
    return `{ ${entries.map(([key, entry]) => `${key}: ${scalarOrFlow(entry)}`).join(', ')} }`
  }
  return typeof value === 'string' ? word(value) : JSON.stringify(value)
}

/** Quoted where it could be taken for something else. */
function word(text: string): string {
  const plain = /^[A-Za-z0-9./][\w./:@%+-]*$/.test(text) && !/^(?:none|true|false|null|[\d.]+)$/.test(text)
  return plain ? text : JSON.stringify(text)
}
