// From a path to checked manifests and everything that is wrong with the others.
import { dirname, resolve } from 'node:path'
import { byPlace, checkTogether } from './check-file.ts'
import { composeDocument, type ComposedDocument } from './compose/compose-document.ts'
import { readGivenValues, type VariableInputs } from './compose/given-values.ts'
import { BaseReader } from './compose/read-base.ts'
import type { Diagnostic, Severity } from './diagnostic.ts'
import type { Manifest } from './manifest.gen.ts'
import { normalise } from './normalise.ts'
import { LineIndex } from './line-index.ts'
import { parseDocuments } from './parse-documents.ts'
import type { Problem } from './problem.ts'
import { isEmpty, placer, readWritten, type Place } from './read-document.ts'
import { resolveTemplates } from './resolve-templates.ts'
import { readSourceFile, readSourceStream } from './read-source.ts'
import type { VmSpec } from './spec.ts'

/** What diagnostics call standard input. */
export const STDIN = '<stdin>'

/** What a file holds, and everything that is wrong with it. */
export interface LoadedManifests {
  /** As the user named it; `<stdin>` for standard input. */
  file: string
  /** The text, without a byte order mark, for showing the lines that diagnostics point at. */
  source: string
  /** Texts of all files that were read for it, by the names that diagnostics use. */
  sources: ReadonlyMap<string, string>
  /** The valid machines, in order. */
  documents: ManifestDocument[]
  /** How many documents are bases for others (`abstract`). */
  bases: number
  /** In the order of the text; those of other files behind. */
  diagnostics: Diagnostic[]
}

/** A valid machine of a file. */
export interface ManifestDocument {
  manifest: Manifest
  spec: VmSpec
  file: string
  /** Absolute; what relative paths in the manifest start from. */
  directory: string
  /** Place among the file's YAML documents, from 0. */
  index: number
  /** Gives a problem of this document its line and column; of a field that is not written, those of the one around it. */
  diagnose: (problem: DocumentProblem) => Diagnostic
  /** Where the value at a pointer is written, such as `base.yaml:7`; undefined for a default. */
  originOf: (pointer: string) => string | undefined
}

/** Something that is wrong with a machine, by the JSON pointer to its field; an error where no severity is given. */
export interface DocumentProblem {
  code: string
  severity?: Severity
  message: string
  pointer: string
  hint?: string
}

/** `path` '-' is standard input. Never throws for what the user can get wrong: it is in `diagnostics`. */
export async function loadManifests(path: string, variables: VariableInputs = {}): Promise<LoadedManifests> {
  const { file, source, diagnostics } = await readManifestText(path)
  if (diagnostics.length > 0) return failed(file, source, diagnostics)
  const directory = path === '-' ? process.cwd() : dirname(resolve(path))
  return resolveTemplates(await loadText(source, { file, directory, place: placer(file, source), variables }))
}

/** The text alone; a diagnostic where it cannot be read as text. */
export async function readManifestText(
  path: string,
): Promise<Pick<LoadedManifests, 'file' | 'source' | 'diagnostics'>> {
  const stdin = path === '-'
  const file = stdin ? STDIN : path
  const read = stdin ? await readSourceStream(process.stdin) : await readSourceFile(path)
  if (read.ok) return { file, source: read.text, diagnostics: [] }
  const { code, message, hint, offset, text } = read
  const span = { start: offset, end: offset + 1 }
  const problem: Problem = { code, message: `${file} ${message}`, pointer: '', span }
  const diagnostic = placer(file, text)({ ...problem, ...(hint !== undefined && { hint }) })
  return { file, source: text, diagnostics: [diagnostic] }
}

interface Loading {
  file: string
  /** Absolute. */
  directory: string
  place: Place
  variables: VariableInputs
}

async function loadText(text: string, { file, directory, place, variables }: Loading): Promise<LoadedManifests> {
  const { documents, refused } = parseDocuments(text)
  if (refused !== undefined) {
    const { offset, ...problem } = refused
    const span = { start: offset, end: offset + 1 }
    return failed(file, text, [place({ code: 'V008', ...problem, pointer: '', span })])
  }
  const given = await readGivenValues(variables)
  if (given.diagnostics.length > 0) return failed(file, text, given.diagnostics, given.texts)
  const bases = new BaseReader()
  const composing = { bases, given: given.values, directory, path: file === STDIN ? undefined : file }
  const lines = new LineIndex(text)
  const read: { index: number; composed: ComposedDocument }[] = []
  for (const [index, document] of documents.entries()) {
    if (isEmpty(document)) continue
    const written = readWritten(document, text)
    const source = { file, directory, lines, locations: written.locations }
    read.push({ index, composed: await composeDocument(written, source, composing) })
  }
  if (read.length === 0) {
    const hint = 'a manifest begins with apiVersion: volt/v1'
    return failed(file, text, [place({ code: 'V009', message: `${file} holds no manifest`, pointer: '', hint })])
  }
  const among = checkTogether(read.map(({ composed }) => composed), given.values, place) // prettier-ignore
  const diagnostics = [...bases.diagnostics, ...read.flatMap(({ composed }) => composed.diagnostics), ...among]
  const valid = read.flatMap(({ composed, index }): ManifestDocument[] => {
    const { valid: manifest, diagnostics: wrong, place: diagnose, originOf } = composed
    if (manifest === undefined || wrong.some(({ severity }) => severity === 'error')) return []
    return [{ manifest, spec: normalise(manifest), file, directory, index, diagnose, originOf }]
  })
  return {
    file,
    source: text,
    sources: new Map([...given.texts, ...bases.texts, [file, text]]),
    documents: valid,
    bases: read.filter(({ composed }) => composed.isBase).length,
    diagnostics: diagnostics.sort(byPlace(file)),
  }
}

function failed(
  file: string,
  text: string,
  diagnostics: Diagnostic[],
  others: ReadonlyMap<string, string> = new Map(),
): LoadedManifests {
  return { file, source: text, sources: new Map([...others, [file, text]]), documents: [], bases: 0, diagnostics }
}
