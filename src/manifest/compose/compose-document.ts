// One document with what it extends, its variables put in, and checked: what a manifest comes to.
import type { Diagnostic, DiagnosticNote } from '../diagnostic.ts'
import { MAX_MANIFEST_BYTES, MAX_PROBLEMS_PER_DOCUMENT } from '../limits.ts'
import type { Manifest } from '../manifest.gen.ts'
import { child, quote, type Problem } from '../problem.ts'
import type { WrittenDocument } from '../read-document.ts'
import { COMPOSITION_KEYS } from '../schema.ts'
import { validateBase, validateManifest, type Validation } from '../validate-document.ts'
import type { GivenValue } from './given-values.ts'
import type { BaseReader } from './read-base.ts'
import { resolveReferences } from './references.ts'
import { settlePaths } from './settle-paths.ts'
import { diagnoseAt, isMapping, lineOf, nearest, placeOf, plainValue, sourcedFrom } from './sourced.ts'
import type { Origin, Source, Sourced } from './sourced.ts'
import { createScope, type Scope } from './variables.ts'

export interface ComposedDocument {
  /** Whether it is a base for others and no machine. */
  isBase: boolean
  /** Undefined where it could not be put together. */
  value: unknown
  /** Set when there is no problem. */
  valid?: Manifest
  diagnostics: Diagnostic[]
  /** Names of its variables, with all that it extends. */
  variables: string[]
  place: (problem: Problem) => Diagnostic
  /** Where the value at a pointer is written, `base.yaml:7`; undefined for a default. */
  originOf: (pointer: string) => string | undefined
}

export interface Composing {
  bases: BaseReader
  given: ReadonlyMap<string, GivenValue>
  /** Absolute; of the manifest. */
  directory: string
  /** Of the manifest; undefined for standard input. */
  path: string | undefined
}

export async function composeDocument(
  { value: values, problems: malformed }: WrittenDocument,
  source: Source,
  composing: Composing,
): Promise<ComposedDocument> {
  const { bases, given, directory, path } = composing
  const diagnostics = malformed.map((problem) => diagnoseAt({ source, pointer: problem.pointer }, problem))
  const report = (origin: Origin, problem: Problem): void => void diagnostics.push(diagnoseAt(origin, problem))
  const written = sourcedFrom(values ?? null, source)
  const composed = values === undefined ? undefined : await bases.compose(written, path)
  if (composed === undefined) return unusable(written, diagnostics)
  const isBase = isMapping(composed) && composed.content.get('abstract')?.content === true
  const vars = isMapping(composed) ? composed.content.get('vars') : undefined
  const scope = createScope({ vars, given, directory, isBase, report })
  const unknown: string[] = []
  const resolved = resolveReferences(withoutComposition(composed), '', {
    scope,
    report,
    unknown,
    budget: MAX_MANIFEST_BYTES,
  })
  const root = settlePaths(resolved, directory)
  const value = plainValue(root)
  const place = (problem: Problem): Diagnostic => placeIn(root, problem)
  const { problems, valid }: Validation<Manifest> = isBase
    ? { problems: validateBase(value, unknown) }
    : validateManifest(value)
  // Where a value is not known, what is said of it is guesswork.
  const known = problems.filter(({ pointer }) => !unknown.some((at) => pointer === at || pointer.startsWith(`${at}/`)))
  diagnostics.push(...known.map(place))
  if (!isBase) diagnostics.push(...unused(written, scope))
  const sound = diagnostics.every(({ severity }) => severity !== 'error')
  return {
    isBase,
    value,
    ...(valid !== undefined && sound && { valid }),
    diagnostics: diagnostics.slice(0, MAX_PROBLEMS_PER_DOCUMENT),
    variables: [...scope.declared.keys()],
    place,
    originOf: (pointer) => originIn(root, pointer),
  }
}

function unusable(written: Sourced, diagnostics: Diagnostic[]): ComposedDocument {
  const place = (problem: Problem): Diagnostic => placeIn(written, problem)
  return { isBase: false, value: undefined, diagnostics, variables: [], place, originOf: () => undefined }
}

function withoutComposition(root: Sourced): Sourced {
  if (!isMapping(root)) return root
  return { ...root, content: new Map([...root.content].filter(([key]) => !COMPOSITION_KEYS.includes(key))) }
}

/** Declared here and used nowhere. */
function unused(written: Sourced, { declared, used }: Scope): Diagnostic[] {
  return [...declared].flatMap(([name, { origin }]) => {
    if (used.has(name) || origin.source !== written.origin.source) return []
    const message = `the variable ${quote(name)} is not used`
    const problem = { code: 'V046', message, pointer: child('/vars', name), at: 'key' as const }
    const hint = `\${var.${name}} is its value; or leave it out`
    return [diagnoseAt(origin, { ...problem, severity: 'warning', hint })]
  })
}

function placeIn(root: Sourced, { at, ...problem }: Problem): Diagnostic {
  const { node, exact } = nearest(root, problem.pointer)
  return diagnoseAt(node.origin, { ...problem, ...(exact && at && { at }) }, variableNotes(node))
}

function variableNotes({ usedAt, variables = [] }: Sourced): DiagnosticNote[] {
  return variables.flatMap(({ name, given, origin }): DiagnosticNote[] => {
    // The value of --var is marked where it is used.
    if (usedAt !== undefined && given === undefined) {
      return [{ message: `it is the value of ${quote(name)}, used here`, ...placeOf(usedAt) }]
    }
    if (usedAt !== undefined) return [{ message: `its value is that of ${given}`, ...placeOf(usedAt) }]
    return origin === undefined ? [] : [{ message: `${quote(name)} is from here`, ...placeOf(origin) }]
  })
}

function originIn(root: Sourced, pointer: string): string | undefined {
  const { node, exact } = nearest(root, pointer)
  if (!exact) return undefined
  const { origin, usedAt, variables = [] } = node
  const given = variables.flatMap((use) => use.given ?? [])
  const where = usedAt === undefined || given.length > 0 ? [lineOf(usedAt ?? origin)] : [lineOf(usedAt), lineOf(origin)]
  return [...where, ...given].join(', ')
}
