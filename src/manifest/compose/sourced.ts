// Values that know where they are written, so that what a manifest is put together from can be shown and blamed.
import type { Diagnostic, DiagnosticNote } from '../diagnostic.ts'
import type { LineIndex } from '../line-index.ts'
import type { Locations } from '../locations.ts'
import { child, pointerSegments, type Problem } from '../problem.ts'

/** One document of a file. */
export interface Source {
  /** As diagnostics name it. */
  file: string
  /** Absolute; what relative paths in it start from. */
  directory: string
  lines: LineIndex
  locations: Locations
  /** The entry of `extends` that led here; absent for what the user named. */
  extendedBy?: Origin
}

/** A place in a document. */
export interface Origin {
  source: Source
  pointer: string
}

export interface Sourced {
  /** A Map, a list or a scalar. */
  content: ReadonlyMap<string, Sourced> | readonly Sourced[] | Scalar
  origin: Origin
  /** Where it is used, of the value of a variable. */
  usedAt?: Origin
  /** Variables in it, with where their values come from: `cpus from --var`. */
  variables?: readonly VariableUse[]
  /** A path that is relative to the manifest already. */
  settled?: boolean
  /** A base's value that is known only where the base is extended. */
  unknown?: boolean
}

export interface VariableUse {
  name: string
  /** `--var cpus=4`; absent where the origin says it. */
  given?: string
  origin?: Origin
}

export type Scalar = string | number | bigint | boolean | null

export function isMapping(node: Sourced | undefined): node is Sourced & { content: ReadonlyMap<string, Sourced> } {
  return node?.content instanceof Map
}

export function isList(node: Sourced | undefined): node is Sourced & { content: readonly Sourced[] } {
  return Array.isArray(node?.content)
}

/** `value` as readValues gives it, so that it is bounded. */
export function sourcedFrom(value: unknown, source: Source, pointer = ''): Sourced {
  const origin = { source, pointer }
  if (Array.isArray(value)) {
    return { content: value.map((entry, index) => sourcedFrom(entry, source, child(pointer, index))), origin }
  }
  if (value === null || typeof value !== 'object') return { content: value as Scalar, origin }
  const entries = Object.entries(value).map(([key, entry]) => [key, sourcedFrom(entry, source, child(pointer, key))] as const) // prettier-ignore
  return { content: new Map(entries), origin }
}

export function plainValue(node: Sourced): unknown {
  if (isMapping(node)) return Object.fromEntries([...node.content].map(([key, entry]) => [key, plainValue(entry)]))
  return isList(node) ? node.content.map(plainValue) : node.content
}

/** The value at `pointer`; or the nearest one around it, where there is none. */
export function nearest(root: Sourced, pointer: string): { node: Sourced; exact: boolean } {
  let node = root
  for (const segment of pointerSegments(pointer)) {
    const next = isMapping(node) ? node.content.get(segment) : isList(node) ? node.content[Number(segment)] : undefined
    if (next === undefined) return { node, exact: false }
    node = next
  }
  return { node, exact: true }
}

/** A diagnostic at a place; `pointer` is what it shows. */
export function diagnoseAt(
  { source, pointer: at }: Origin,
  { code, severity = 'error', message, pointer, at: part, span, hint }: Problem,
  notes: readonly DiagnosticNote[] = [],
): Diagnostic {
  const { start, end } = span ?? source.locations.find(at, part)
  const all = [...notes, ...chainOf(source)]
  return {
    code,
    severity,
    message,
    file: source.file,
    start: source.lines.positionAt(start),
    end: source.lines.positionAt(Math.max(start, end)),
    pointer,
    ...(hint !== undefined && { hint }),
    ...(all.length > 0 && { notes: all }),
  }
}

/** What extends the file, up to the one that the user named. */
function chainOf({ file, extendedBy }: Source): DiagnosticNote[] {
  if (extendedBy === undefined) return []
  return [{ message: `${file} is extended here`, ...placeOf(extendedBy) }, ...chainOf(extendedBy.source)]
}

export function placeOf({ source, pointer }: Origin): Pick<DiagnosticNote, 'file' | 'start'> {
  return { file: source.file, start: source.lines.positionAt(source.locations.find(pointer).start) }
}

/** `base.yaml:7`. */
export function lineOf(origin: Origin): string {
  const { file, start } = placeOf(origin)
  return `${file}:${start.line}`
}
