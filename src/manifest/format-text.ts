// The one way to write a manifest's text: keys in the order of the schema, two blanks of indentation, comments kept.
import { isDeepStrictEqual } from 'node:util'
import { isCollection, isMap, Lexer, visit, type Node, type ToStringOptions, type YAMLMap, type YAMLSeq } from 'yaml'
import type { Diagnostic } from './diagnostic.ts'
import { LineIndex } from './line-index.ts'
import { parseDocuments, type YamlDocument } from './parse-documents.ts'
import type { Problem } from './problem.ts'
import { isEmpty, placer } from './read-document.ts'
import { readValues } from './read-values.ts'
import { sortKeys } from './sort-keys.ts'
import { syntaxProblems } from './syntax-problems.ts'

export type FormattedText = { ok: true; text: string } | { ok: false; diagnostics: Diagnostic[] }

const LAYOUT: ToStringOptions = { indent: 2, indentSeq: true, lineWidth: 120, flowCollectionPadding: true }

/** Refuses text whose YAML is broken; what a manifest may say is not looked at. `file` is what diagnostics name. */
export function formatText(text: string, file: string): FormattedText {
  const { documents, refused } = parseDocuments(text)
  const place = placer(file, text)
  if (refused !== undefined) {
    const { offset, ...problem } = refused
    return { ok: false, diagnostics: [place({ code: 'V008', ...problem, pointer: '', span: { start: offset, end: offset + 1 } })] } // prettier-ignore
  }
  const diagnostics = documents.flatMap((document) => {
    return problemsOf(document, text).map(({ problem, locations }) => place(problem, locations))
  })
  if (diagnostics.length > 0) return { ok: false, diagnostics }
  if (documents.every(isEmpty)) return { ok: true, text }
  const before = documents.map((document) => readValues(document, text).value)
  const written = documents.map((document, index) => writeDocument(document, index, text)).join('')
  check(text, before, written)
  return { ok: true, text: written }
}

function problemsOf(
  document: YamlDocument,
  text: string,
): { problem: Problem; locations: ReturnType<typeof readValues>['locations'] }[] {
  const lines = new LineIndex(text)
  const { problems, locations } = readValues(document, text)
  const syntax = syntaxProblems(document, text, (offset) => lines.positionAt(offset).line)
  return [...syntax, ...problems].map((problem) => ({ problem, locations }))
}

function writeDocument(document: YamlDocument, index: number, text: string): string {
  sortKeys(document, text)
  visit(document, {
    Node: (_, node) => {
      squeeze(node)
      if (isCollection(node) && node.flow) setPadding(node)
    },
  })
  squeeze(document)
  if (index > 0) document.directives.docStart = true
  return document.toString(LAYOUT)
}

/** No two blank lines follow each other. */
function squeeze(node: Pick<Node, 'comment' | 'commentBefore'>): void {
  const once = (comment: string): string => comment.replace(/\n{3,}/g, '\n\n').replace(/\n+$/, '\n')
  if (node.comment) node.comment = once(node.comment)
  if (node.commentBefore) node.commentBefore = once(node.commentBefore)
}

/** `{ a: 1 }` and `[1, 2]`: the library pads both or none. */
function setPadding(node: YAMLMap | YAMLSeq): void {
  const padding = isMap(node) ? ' ' : ''
  const plain = node.toString.bind(node)
  node.toString = (context, ...rest) => {
    return plain(context && { ...context, flowCollectionPadding: padding }, ...rest)
  }
}

/** Throws where the text would mean something else or lack a comment, which is a bug. */
function check(text: string, before: readonly unknown[], written: string): void {
  const after = parseDocuments(written).documents.map((document) => readValues(document, written).value)
  if (!isDeepStrictEqual(before, after)) throw new Error('formatting would change what the manifest says')
  if (!isDeepStrictEqual(commentsOf(text), commentsOf(written))) throw new Error('formatting would lose a comment')
}

function commentsOf(text: string): string[] {
  return [...new Lexer().lex(text)]
    .filter((lexeme) => lexeme.startsWith('#'))
    .map((comment) => comment.trimEnd())
    .sort()
}
