// Reads a file that is not the manifest itself, a base or values of variables: one document.
import type { Diagnostic } from '../diagnostic.ts'
import { LineIndex } from '../line-index.ts'
import { Locations } from '../locations.ts'
import { parseDocuments } from '../parse-documents.ts'
import type { Problem } from '../problem.ts'
import { isEmpty, readWritten } from '../read-document.ts'
import { readSourceFile } from '../read-source.ts'
import { diagnoseAt, type Origin, type Source } from './sourced.ts'

export interface WrittenFile {
  source: Source
  text: string
  /** Undefined where it cannot be used. */
  value: unknown
  /** With places in the file. */
  diagnostics: Diagnostic[]
  /** Why it cannot be used at all, as in `base.yaml does not exist`. */
  refusal?: string
}

/** `file` is how diagnostics name it. Never throws for what the user can get wrong. */
export async function readWrittenFile(
  path: string,
  file: string,
  directory: string,
  extendedBy?: Origin,
): Promise<WrittenFile> {
  const read = await readSourceFile(path)
  const { text } = read
  const lines = new LineIndex(text)
  const from = extendedBy && { extendedBy }
  const nowhere: Source = { file, directory, lines, locations: new Locations(text), ...from }
  const refuse = (reason: string): WrittenFile => {
    return { source: nowhere, text, value: undefined, diagnostics: [], refusal: `${file} ${reason}` }
  }
  if (!read.ok) return refuse(read.message)
  const { documents, refused } = parseDocuments(text)
  if (refused !== undefined) return refuse(`cannot be used: ${refused.message}`)
  const [document, ...others] = documents.filter((each) => !isEmpty(each))
  if (document === undefined) return refuse('holds nothing')
  if (others.length > 0) return refuse(`has ${others.length + 1} documents, and one is meant`)
  const { value, locations, problems } = readWritten(document, text)
  const source: Source = { ...nowhere, locations }
  const place = (problem: Problem): Diagnostic => diagnoseAt({ source, pointer: problem.pointer }, problem)
  return { source, text, value, diagnostics: problems.map(place) }
}
