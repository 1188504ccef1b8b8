// Text from files made safe and measured for a terminal.

/** One thing that takes up columns: a grapheme, a tab's blanks, or an escape. */
export interface Cell {
  /** Index of its first UTF-16 code unit in the text. */
  index: number
  text: string
  /** Columns: 0, 1 or 2; more for tabs and escapes. */
  width: number
}

const TAB_STOP = 4
// C0 and C1 controls, line separators, bidirectional controls, the byte order mark and lone surrogates.
const UNSAFE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff\p{Cs}]/u
const WIDE =
  /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\ufe0f/u
/** Nearly all text, for which Unicode's tables need not be loaded: a column a character. */
const PLAIN = /^[ -~]*$/
let graphemes: Intl.Segmenter | undefined

/** Cells of one line. */
export function cellsOf(text: string): Cell[] {
  if (PLAIN.test(text)) return [...text].map((character, index) => ({ index, text: character, width: 1 }))
  graphemes ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  const cells: Cell[] = []
  let column = 0
  for (const { segment, index } of graphemes.segment(text)) {
    for (const cell of UNSAFE.test(segment) ? unsafeCells(segment, index, column) : [plainCell(segment, index)]) {
      cells.push(cell)
      column += cell.width
    }
  }
  return cells
}

function plainCell(text: string, index: number): Cell {
  if (/^\p{Mn}+$/u.test(text)) return { index, text: `◌${text}`, width: 1 }
  return { index, text, width: WIDE.test(text) ? 2 : 1 }
}

function unsafeCells(segment: string, start: number, column: number): Cell[] {
  let index = start
  return [...segment].map((character) => {
    const at = index
    index += character.length
    if (character === '\t') {
      const width = TAB_STOP - (column % TAB_STOP)
      return { index: at, text: ' '.repeat(width), width }
    }
    const text = UNSAFE.test(character) ? escapeCharacter(character) : character
    return { index: at, text, width: text.length }
  })
}

/** One line for a terminal: control and direction characters become visible escapes, tabs blanks. */
export function printable(text: string): string {
  if (PLAIN.test(text)) return text
  return cellsOf(text)
    .map((cell) => cell.text)
    .join('')
}

/** Columns that the text takes. */
export function displayWidth(text: string): number {
  return cellsOf(text).reduce((sum, cell) => sum + cell.width, 0)
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}
