// From a path to checked manifests and everything that is wrong with the others.
import { dirname, resolve } from 'node:path'
import type { Diagnostic, Severity } from './diagnostic.ts'
import { LineIndex } from './line-index.ts'
import { MAX_PROBLEMS_PER_DOCUMENT } from './limits.ts'
import type { Locations } from './locations.ts'
import type { Manifest } from './manifest.gen.ts'
import { normalise } from './normalise.ts'
import { parseDocuments, type YamlDocument } from './parse-documents.ts'
import { quote, type Problem } from './problem.ts'
import { readSourceFile, readSourceStream } from './read-source.ts'
import { readValues } from './read-values.ts'
import type { VmSpec } from './spec.ts'
import { syntaxProblems } from './syntax-problems.ts'
import { validateDocument } from './validate-document.ts'

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

interface ReadDocument {
  index: number
  value: unknown
  locations: Locations
  manifest?: Manifest
  problems: Problem[]
}

/** `path` '-' is standard input. Never throws for what the user can get wrong: it is in `diagnostics`. */
export async function loadManifests(path: string): Promise<LoadedManifests> {
  const stdin = path === '-'
  const file = stdin ? '<stdin>' : path
  const directory = stdin ? process.cwd() : dirname(resolve(path))
  const source = stdin ? await readSourceStream(process.stdin) : await readSourceFile(path)
  const place = placer(file, source.text)
  if (source.ok) return loadText(source.text, file, directory, place)
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

type Place = (problem: Problem, locations?: Locations) => Diagnostic

function loadText(text: string, file: string, directory: string, place: Place): LoadedManifests {
  const lines = new LineIndex(text)
  const { documents, refused } = parseDocuments(text)
  const failed = (problem: Problem) => ({ file, source: text, documents: [], diagnostics: [place(problem)] })
  if (refused !== undefined) {
    const { offset, ...problem } = refused
    return failed({ code: 'V008', ...problem, pointer: '', span: { start: offset, end: offset + 1 } })
  }
  const read = documents.flatMap((document, index) => {
    return isEmpty(document) ? [] : [readDocument(document, index, text, (offset) => lines.positionAt(offset).line)]
  })
  if (read.length === 0) {
    const hint = 'a manifest begins with apiVersion: volt/v1'
    return failed({ code: 'V009', message: `${file} holds no manifest`, pointer: '', hint })
  }
  rejectSharedNames(read)
  const diagnostics = read.flatMap(({ problems, locations }) => problems.map((problem) => place(problem, locations)))
  const valid = read.flatMap(({ manifest, problems, locations, index }): ManifestDocument[] => {
    if (manifest === undefined || problems.some(({ severity = 'error' }) => severity === 'error')) return []
    const diagnose = (problem: DocumentProblem) => place(problem, locations)
    return [{ manifest, spec: normalise(manifest), file, directory, index, diagnose }]
  })
  return { file, source: text, documents: valid, diagnostics: diagnostics.sort(byPosition) }
}

/** Nothing between two `---`, which is nobody's mistake. */
function isEmpty({ contents, errors }: YamlDocument): boolean {
  const [start, end] = contents?.range ?? [0, 0]
  return errors.length === 0 && (contents === null || (start === end && contents.tag === undefined))
}

function readDocument(
  document: YamlDocument,
  index: number,
  text: string,
  lineOf: (offset: number) => number,
): ReadDocument {
  const { value, locations, problems } = readValues(document, text)
  const syntax = syntaxProblems(document, lineOf)
  // What broken YAML says about the fields is guesswork; a key given twice is not.
  if (syntax.length > 0 || problems.some(({ code }) => code !== 'V002')) {
    const all = [...syntax, ...problems].slice(0, MAX_PROBLEMS_PER_DOCUMENT)
    return { index, value: undefined, locations, problems: all }
  }
  const validation = validateDocument(value)
  const all = [...problems, ...validation.problems].slice(0, MAX_PROBLEMS_PER_DOCUMENT)
  const manifest = all.length === 0 ? validation.manifest : undefined
  return { index, value, locations, problems: all, ...(manifest && { manifest }) }
}

function rejectSharedNames(documents: ReadDocument[]): void {
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

function placer(file: string, text: string): Place {
  const lines = new LineIndex(text)
  return ({ code, severity = 'error', message, pointer, at, span, hint }, locations) => {
    const { start, end } = span ?? locations?.find(pointer, at) ?? { start: 0, end: 0 }
    return {
      code,
      severity,
      message,
      file,
      start: lines.positionAt(start),
      end: lines.positionAt(Math.max(end, start)),
      pointer,
      ...(hint !== undefined && { hint }),
    }
  }
}

function byPosition(a: Diagnostic, b: Diagnostic): number {
  return a.start.line - b.start.line || a.start.column - b.start.column
}
