// Splits a text into YAML documents, token by token, so that a hostile file is refused before it costs time or stack.
import { Composer, Lexer, Parser, type Document, type ParsedNode } from 'yaml'
import { MAX_DEPTH, MAX_DOCUMENTS, MAX_TOKENS } from './limits.ts'

export type YamlDocument = Document.Parsed<ParsedNode>

export interface ParsedStream {
  documents: YamlDocument[]
  /** Set when the text was refused; `documents` is empty then. */
  refused?: { message: string; hint?: string; offset: number }
}

/** More broken tokens than this, and composing them would take longer than anybody reads. */
const MAX_BROKEN_TOKENS = 100

/** YAML 1.2 core schema, whatever a %YAML directive says; merge keys and tags beyond the core are off. */
const OPTIONS = {
  schema: 'core',
  merge: false,
  resolveKnownTags: false,
  stringKeys: true,
  // Duplicate keys are found while values are built: the library compares every pair of keys.
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const

/** Never throws. Problems of YAML are in the documents' `errors` and `warnings`. */
export function parseDocuments(text: string): ParsedStream {
  const parser = new Parser()
  const composer = new Composer(OPTIONS)
  const documents: YamlDocument[] = []
  let tokens = 0
  let broken = 0
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'error' || token.type === 'directive') broken++
      documents.push(...composer.next(token))
    }
    tokens++
    if (parser.stack.length > MAX_DEPTH) return refuse('nested too deeply for a manifest', parser.offset)
    if (tokens > MAX_TOKENS) return refuse('too much YAML for a manifest', parser.offset)
    if (broken > MAX_BROKEN_TOKENS) return refuse('not a manifest: too many syntax errors', parser.offset)
    if (documents.length > MAX_DOCUMENTS) {
      return refuse(`more than ${MAX_DOCUMENTS} documents in a file`, parser.offset, 'split it into several files')
    }
  }
  for (const token of parser.end()) documents.push(...composer.next(token))
  documents.push(...composer.end(true, text.length))
  return { documents }
}

function refuse(message: string, offset: number, hint?: string): ParsedStream {
  return { documents: [], refused: { message, offset: offset - 1, ...(hint !== undefined && { hint }) } }
}
