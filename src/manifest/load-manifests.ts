// From a path to checked manifests and everything that is wrong with the others.
import { dirname, resolve } from 'node:path'
import { checkDependencies } from './check-dependencies.ts'
import type { Diagnostic, Severity } from './diagnostic.ts'
import type { Manifest } from './manifest.gen.ts'
import { normalise } from './normalise.ts'
import { parseDocuments } from './parse-documents.ts'
import { quote, type Problem } from './problem.ts'
import { isEmpty, placer, readDocument, type Place, type ReadDocument } from './read-document.ts'
import { resolveTemplates } from './resolve-templates.ts'
import { readSourceFile, readSourceStream } from './read-source.ts'
import type { VmSpec } from './spec.ts'
import { validateManifest } from './validate-document.ts'

/** What diagnostics call standard input. */
export const STDIN = '<stdin>'

export interface LoadedManifests {
  /** As the user named it; `<stdin>` for standard input. */
  file: string
  /** The text, without a byte order mark, for showing the lines that diagnostics point at. */
  source: string
  /** The valid documents, in order. */
  documents: ManifestDocument[]
  /** In the order of the text. */
  diagnostics: Diagnostic[]
}

export interface ManifestDocument {
  manifest: Manifest
  spec: VmSpec
  file: string
  /** Absolute; what relative paths in the manifest start from. */
  directory: string
  /** Place among the file's YAML documents, from 0. */
  index: number
  /** Gives a problem of this document its line and column; of a field that is not written, those of the one around it. */
  diagnose(problem: DocumentProblem): Diagnostic
}

export interface DocumentProblem {
  code: string
  severity?: Severity
  message: string
  pointer: string
  hint?: string
}

/** `path` '-' is standard input. Never throws for what the user can get wrong: it is in `diagnostics`. */
export async function loadManifests(path: string): Promise<LoadedManifests> {
  const stdin = path === '-'
  const file = stdin ? STDIN : path
  const directory = stdin ? process.cwd() : dirname(resolve(path))
  const source = stdin ? await readSourceStream(process.stdin) : await readSourceFile(path)
  const place = placer(file, source.text)
  if (source.ok) return resolveTemplates(loadText(source.text, file, directory, place))
  const { code, message, hint, offset, text } = source
  const problem: Problem = {
    code,
    message: `${file} ${message}`,
    pointer: '',
    span: { start: offset, end: offset + 1 },
  }
  return {
    file,
    source: text,
    documents: [],
    diagnostics: [place({ ...problem, ...(hint !== undefined && { hint }) })],
  }
}

function loadText(text: string, file: string, directory: string, place: Place): LoadedManifests {
  const { documents, refused } = parseDocuments(text)
  const failed = (problem: Problem) => ({ file, source: text, documents: [], diagnostics: [place(problem)] })
  if (refused !== undefined) {
    const { offset, ...problem } = refused
    return failed({ code: 'V008', ...problem, pointer: '', span: { start: offset, end: offset + 1 } })
  }
  const read = documents.flatMap((document, index) => {
    return isEmpty(document) ? [] : [readDocument(document, index, text, validateManifest)]
  })
  if (read.length === 0) {
    const hint = 'a manifest begins with apiVersion: volt/v1'
    return failed({ code: 'V009', message: `${file} holds no manifest`, pointer: '', hint })
  }
  rejectSharedNames(read)
  rejectDependencies(read)
  const diagnostics = read.flatMap(({ problems, locations }) => problems.map((problem) => place(problem, locations)))
  const valid = read.flatMap(({ valid: manifest, problems, locations, index }): ManifestDocument[] => {
    if (manifest === undefined || problems.some(({ severity = 'error' }) => severity === 'error')) return []
    const diagnose = (problem: DocumentProblem) => place(problem, locations)
    return [{ manifest, spec: normalise(manifest), file, directory, index, diagnose }]
  })
  return { file, source: text, documents: valid, diagnostics: diagnostics.sort(byPosition) }
}

function rejectSharedNames(documents: ReadDocument<Manifest>[]): void {
  const seen = new Set<string>()
  for (const { value, problems } of documents) {
    const name = (value as { metadata?: { name?: unknown } } | null | undefined)?.metadata?.name
    if (typeof name !== 'string') continue
    if (seen.has(name)) {
      const message = `the name ${quote(name)} is taken by another machine of this file`
      problems.push({ code: 'V010', message, pointer: '/metadata/name', hint: 'give each machine a name of its own' })
    }
    seen.add(name)
  }
}

function rejectDependencies(documents: ReadDocument<Manifest>[]): void {
  const machines = documents.map(({ value }) => (value ?? {}) as Partial<Manifest>)
  for (const { machine, problem } of checkDependencies(machines)) documents[machine]?.problems.push(problem)
}

function byPosition(a: Diagnostic, b: Diagnostic): number {
  return a.start.line - b.start.line || a.start.column - b.start.column
}
