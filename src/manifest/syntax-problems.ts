// Says what is wrong with a document's YAML in sentences of its own where the parser's are hard to follow.
import { Scalar, visit, type YAMLError } from 'yaml'
import type { Span } from './locations.ts'
import type { YamlDocument } from './parse-documents.ts'
import type { Problem } from './problem.ts'

interface Sentence {
  code: YAMLError['code']
  /** Of the parser's messages with that code, those that are meant; all of them without it. */
  when?: RegExp
  message: string
  hint?: string
}

const COLON_HINT = 'is a colon missing, or the space behind it?'
const SENTENCES: readonly Sentence[] = [
  { code: 'TAB_AS_INDENT', message: 'a tab cannot indent YAML', hint: 'indent with spaces' },
  {
    code: 'BLOCK_AS_IMPLICIT_KEY',
    message: 'a mapping cannot begin in the middle of a line',
    hint: 'put it on a line of its own, indented, or quote a text that holds a colon and a space',
  },
  { code: 'MULTILINE_IMPLICIT_KEY', message: 'a key must be on one line, followed by a colon', hint: COLON_HINT },
  {
    code: 'MISSING_CHAR',
    when: /map keys/,
    message: 'a key must be followed by a colon and a space',
    hint: COLON_HINT,
  },
  { code: 'MISSING_CHAR', when: /closing .*quote/, message: 'this quote is never closed' },
  {
    code: 'BAD_INDENT',
    when: /end with a ]/,
    message: 'a list that began with [ is not closed before this',
    hint: 'add ]',
  },
  {
    code: 'BAD_INDENT',
    when: /end with a }/,
    message: 'a mapping that began with { is not closed before this',
    hint: 'add }',
  },
  { code: 'NON_STRING_KEY', message: 'a key must be a word' },
  { code: 'BAD_SCALAR_START', message: 'a plain value cannot begin with this character', hint: 'put it in quotes' },
  { code: 'KEY_OVER_1024_CHARS', message: 'a key is too long', hint: 'is a quote or a line break missing?' },
]

const MESSAGE_MAX = 120

/** One problem for each line that has one, in order: the parser tends to report several for the same slip. */
export function syntaxProblems(document: YamlDocument, text: string, lineOf: (offset: number) => number): Problem[] {
  const unknownTags = document.warnings.filter(({ code }) => code === 'TAG_RESOLVE_FAILED')
  const errors = [...document.errors, ...unknownTags]
    .map((error) => ({ error, span: spanOf(error, document) }))
    .sort((a, b) => a.span.start - b.span.start)
  const firstOfLine = errors.filter(({ span }, index) => {
    const previous = errors[index - 1]
    return previous === undefined || lineOf(previous.span.start) !== lineOf(span.start)
  })
  return firstOfLine.map(({ error, span }) => ({ ...explain(error), ...hintOfLine(text, span), pointer: '', span }))
}

/** What is easily overlooked in the line of an error. */
function hintOfLine(text: string, { start }: Span): { hint?: string } {
  const lineEnd = text.indexOf('\n', start)
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, lineEnd < 0 ? undefined : lineEnd)
  if (/^(<{7}|={7}|>{7})( |$)/.test(line)) return { hint: 'git left a conflict here: keep one of the sides' }
  const bare = /[[{,:]\s*\$\{/.test(line)
  return bare ? { hint: 'between { } or [ ] a reference takes quotes: "${var.name}"' } : {}
}

/** Where the error is, or the quote that began what has no end. */
function spanOf({ code, message, pos: [start, end] }: YAMLError, document: YamlDocument): Span {
  const opening = code === 'MISSING_CHAR' && /closing .*quote/.test(message) ? openQuote(document, start) : undefined
  return opening === undefined ? { start, end } : { start: opening, end: opening + 1 }
}

function openQuote(document: YamlDocument, end: number): number | undefined {
  let found: number | undefined
  visit(document, {
    Scalar(_, { type, range }) {
      if (type !== Scalar.QUOTE_DOUBLE && type !== Scalar.QUOTE_SINGLE) return
      if (range && range[0] <= end && range[1] >= end) found = range[0]
    },
  })
  return found
}

function explain(error: YAMLError): Pick<Problem, 'code' | 'message' | 'hint'> {
  if (error.code === 'TAG_RESOLVE_FAILED') {
    return { code: 'V013', message: 'this YAML tag is not known here', hint: 'leave the tag out' }
  }
  const sentence = SENTENCES.find(({ code, when }) => code === error.code && (when?.test(error.message) ?? true))
  if (sentence === undefined) return { code: 'V001', message: tidy(error.message) }
  const { message, hint } = sentence
  return { code: 'V001', message, ...(hint !== undefined && { hint }) }
}

/** The parser's sentence in our style: short, one line, no capital, no control characters. */
function tidy(message: string): string {
  const line = message.replace(/[\p{Cc}\s]+/gu, ' ').trim()
  const text = line.charAt(0).toLowerCase() + line.slice(1)
  return text.length > MESSAGE_MAX ? `${text.slice(0, MESSAGE_MAX)}…` : text
}
