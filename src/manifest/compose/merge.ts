// Writes one manifest over another: mappings key by key, devices by name, everything else as a whole. null removes.
import { child, fieldName, quote, type Problem } from '../problem.ts'
import { isList, isMapping, type Origin, type Sourced } from './sourced.ts'

/** Lists whose entries are told apart by a field of theirs. */
const KEYED_LISTS: Readonly<Record<string, { key: string; unnamed?: string }>> = {
  '/disks': { key: 'name' },
  '/networks': { key: 'name', unnamed: 'net' },
  '/shares': { key: 'tag' },
}
/** In an entry of such a list: takes that device out. */
const REMOVE = 'remove'

export interface Merging {
  report: (origin: Origin, problem: Problem) => void
  /** Entries that may be looked at; below 0 the result is not whole. */
  budget: number
}

/** `over` holds where both say something. Neither is changed; what only one of them has is shared with it. */
export function merge(under: Sourced | undefined, over: Sourced, pointer: string, merging: Merging): Sourced {
  const keyed = KEYED_LISTS[pointer]
  const isKeyed = isList(over) && keyed !== undefined
  if (!isMapping(over) && !isKeyed) return over
  merging.budget -= sizeOf(over) + sizeOf(under)
  if (merging.budget < 0) return over
  if (isKeyed) return mergeLists(isList(under) ? under.content : [], over, pointer, keyed, merging)
  return mergeMappings(isMapping(under) ? under.content : new Map(), over as Mapping, pointer, merging)
}

type Mapping = Sourced & { content: ReadonlyMap<string, Sourced> }

function sizeOf(node: Sourced | undefined): number {
  return isMapping(node) ? node.content.size : isList(node) ? node.content.length : 1
}

function mergeMappings(under: ReadonlyMap<string, Sourced>, over: Mapping, pointer: string, merging: Merging): Sourced {
  const merged = new Map(under)
  for (const [key, entry] of over.content) {
    const at = child(pointer, key)
    if (entry.content !== null) merged.set(key, merge(under.get(key), entry, at, merging))
    else if (!merged.delete(key)) merging.report(entry.origin, nothingToRemove(fieldName(at), at))
  }
  return { ...over, content: merged }
}

function mergeLists(
  under: readonly Sourced[],
  over: Sourced & { content: readonly Sourced[] },
  pointer: string,
  { key, unnamed }: { key: string; unnamed?: string },
  merging: Merging,
): Sourced {
  const merged: (Sourced | undefined)[] = [...under]
  const places = new Map<string, number>()
  for (const [index, entry] of under.entries()) {
    const name = nameOf(entry, key) ?? (unnamed === undefined ? undefined : `${unnamed}${index}`)
    if (name !== undefined && !places.has(name)) places.set(name, index)
  }
  for (const [index, entry] of over.content.entries()) {
    const name = nameOf(entry, key)
    const place = name === undefined ? undefined : places.get(name)
    const at = child(pointer, index)
    // A second entry of the same name is one more, so that the check of names finds it.
    if (name !== undefined) places.delete(name)
    if (isRemoval(entry)) {
      if (place !== undefined) merged[place] = undefined
      else
        merging.report(
          entry.origin,
          nothingToRemove(name === undefined ? fieldName(at) : `${fieldName(pointer)}.${name}`, at),
        )
    } else if (place === undefined) {
      merged.push(merge(undefined, entry, at, merging))
    } else {
      merged[place] = merge(merged[place], entry, at, merging)
    }
  }
  return { ...over, content: merged.filter((entry) => entry !== undefined) }
}

function nameOf(entry: Sourced, key: string): string | undefined {
  const name = isMapping(entry) ? entry.content.get(key)?.content : undefined
  return typeof name === 'string' ? name : undefined
}

function isRemoval(entry: Sourced): boolean {
  return isMapping(entry) && entry.content.get(REMOVE)?.content === true
}

function nothingToRemove(what: string, pointer: string): Problem {
  const message = `there is no ${quote(what).slice(1, -1)} to remove: nothing that this manifest extends has it`
  return { code: 'V042', message, pointer, hint: 'leave it out, or correct its name' }
}
