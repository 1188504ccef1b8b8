// One YAML document of a file: its values checked, and the places of what is wrong.
import type { Diagnostic } from './diagnostic.ts'
import { LineIndex } from './line-index.ts'
import { MAX_PROBLEMS_PER_DOCUMENT } from './limits.ts'
import type { Locations } from './locations.ts'
import type { YamlDocument } from './parse-documents.ts'
import type { Problem } from './problem.ts'
import { readValues } from './read-values.ts'
import { syntaxProblems } from './syntax-problems.ts'
import type { Validation } from './validate-document.ts'

export interface ReadDocument<Value> {
  /** Place among the file's YAML documents, from 0. */
  index: number
  value: unknown
  locations: Locations
  /** Set when there is no problem. */
  valid?: Value
  problems: Problem[]
}

/** Values of a document, and what is wrong with its YAML. */
export interface WrittenDocument {
  /** Undefined where its YAML is not sound. */
  value: unknown
  locations: Locations
  problems: Problem[]
}

export function readWritten(document: YamlDocument, text: string): WrittenDocument {
  const lines = new LineIndex(text)
  const { value, locations, problems } = readValues(document, text)
  const syntax = syntaxProblems(document, text, (offset) => lines.positionAt(offset).line)
  // What broken YAML says about the fields is guesswork; a key given twice is not.
  const sound = syntax.length === 0 && problems.every(({ code }) => code === 'V002')
  const all = [...syntax, ...problems].slice(0, MAX_PROBLEMS_PER_DOCUMENT)
  return { value: sound ? value : undefined, locations, problems: all }
}

/** `validate` sees the values of a document whose YAML is sound. */
export function readDocument<Value>(
  document: YamlDocument,
  index: number,
  text: string,
  validate: (value: unknown) => Validation<Value>,
): ReadDocument<Value> {
  const { value, locations, problems } = readWritten(document, text)
  if (value === undefined) return { index, value, locations, problems }
  const validation = validate(value)
  const all = [...problems, ...validation.problems].slice(0, MAX_PROBLEMS_PER_DOCUMENT)
  const valid = all.length === 0 ? validation.valid : undefined
  return { index, value, locations, problems: all, ...(valid !== undefined && { valid }) }
}

/** Nothing between two `---`, which is nobody's mistake. */
export function isEmpty({ contents, errors }: YamlDocument): boolean {
  const [start, end] = contents?.range ?? [0, 0]
  return errors.length === 0 && (contents === null || (start === end && contents.tag === undefined))
}

/** Gives a problem its line and column in the file; in the document's locations where it has no span of its own. */
export type Place = (problem: Problem, locations?: Locations) => Diagnostic

export function placer(file: string, text: string): Place {
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
