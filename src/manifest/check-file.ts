// What the documents of a file have to do with each other, and with the values that a command gives their variables.
import { checkDependencies } from './check-dependencies.ts'
import type { ComposedDocument } from './compose/compose-document.ts'
import type { GivenValue } from './compose/given-values.ts'
import { diagnoseAt } from './compose/sourced.ts'
import { undeclared } from './compose/variables.ts'
import type { Diagnostic } from './diagnostic.ts'
import type { Manifest } from './manifest.gen.ts'
import { quote, type Problem } from './problem.ts'
import type { Place } from './read-document.ts'

/** Adds to the documents' diagnostics; returns what is no document's. */
export function checkTogether(
  documents: readonly ComposedDocument[],
  given: ReadonlyMap<string, GivenValue>,
  place: Place,
): Diagnostic[] {
  const machines = documents.filter(({ isBase }) => !isBase)
  rejectSharedNames(machines)
  rejectDependencies(machines)
  // Of a document that could not be put together it is not known what it declares.
  return documents.some(({ value }) => value === undefined) ? [] : unknownValues(documents, given, place)
}

/** In the order of the text; those of other files behind, by file. */
export function byPlace(main: string): (a: Diagnostic, b: Diagnostic) => number {
  const rank = ({ file }: Diagnostic): string => (file === main ? '' : file)
  return (a, b) =>
    (rank(a) < rank(b) ? -1 : Number(rank(a) > rank(b))) ||
    a.start.line - b.start.line ||
    a.start.column - b.start.column
}

function rejectSharedNames(documents: readonly ComposedDocument[]): void {
  const seen = new Set<string>()
  for (const document of documents) {
    const name = (document.value as { metadata?: { name?: unknown } } | null | undefined)?.metadata?.name
    if (typeof name !== 'string') continue
    if (seen.has(name)) {
      const message = `the name ${quote(name)} is taken by another machine of this file`
      add(document, { code: 'V010', message, pointer: '/metadata/name', hint: 'give each machine a name of its own' })
    }
    seen.add(name)
  }
}

function rejectDependencies(documents: readonly ComposedDocument[]): void {
  const machines = documents.map(({ value }) => (value ?? {}) as Partial<Manifest>)
  for (const { machine, problem } of checkDependencies(machines)) {
    const document = documents[machine]
    if (document !== undefined) add(document, problem)
  }
}

function add({ diagnostics, place }: ComposedDocument, problem: Problem): void {
  diagnostics.push(place(problem))
}

/** Values for variables that no document has: of --var a mistake, of a file it may be there for others. */
function unknownValues(
  documents: readonly ComposedDocument[],
  given: ReadonlyMap<string, GivenValue>,
  place: Place,
): Diagnostic[] {
  const names = [...new Set(documents.flatMap(({ variables }) => variables))]
  return [...given].flatMap(([name, { origin, label }]) => {
    if (names.includes(name)) return []
    const { code, message, hint } = undeclared(name, names)
    const problem = { code, message, pointer: '', ...(hint !== undefined && { hint }) }
    if (origin === undefined) return [place({ ...problem, message: `${label}: ${message}` })]
    return [diagnoseAt(origin, { ...problem, pointer: origin.pointer, at: 'key', severity: 'warning' })]
  })
}
