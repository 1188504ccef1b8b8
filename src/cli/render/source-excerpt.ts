// The source line of a diagnostic and the carets below it, cut to a window when the line is long.
import type { Diagnostic } from '../../manifest/diagnostic.ts'
import { cellsOf, type Cell } from './display-text.ts'

export interface Excerpt {
  text: string
  /** Blanks and carets for the line below. */
  marker: string
}

/** Code units looked at before and after the problem: more never fits a window. */
const REACH = 400
const ELLIPSIS = '…'

/** Undefined when the source has no such line. `columns` is what the text may take. */
export function excerpt(source: string, { start, end }: Diagnostic, columns: number): Excerpt | undefined {
  const line = lineOf(source, start.line)
  if (line === undefined) return undefined
  const from = Math.min(start.column - 1, line.length)
  const to = end.line > start.line ? line.length : Math.min(Math.max(end.column - 1, from), line.length)
  const first = Math.max(0, from - REACH)
  const seen = Math.min(line.length, from + REACH)
  const cells = cellsOf(line.slice(first, seen)).map((cell) => ({ ...cell, index: cell.index + first }))
  const firstMarked = indexOfCell(cells, from, seen)
  const marked = { from: firstMarked, to: Math.max(indexOfCell(cells, to, seen), firstMarked + 1) }
  const window = chooseWindow(cells, marked, columns)
  const cutBefore = window.from > 0 || first > 0
  const cutAfter = window.to < cells.length || seen < line.length
  const shown = cells.slice(window.from, window.to)
  const before = widthOf(cells.slice(window.from, marked.from)) + (cutBefore ? 1 : 0)
  const carets = Math.max(1, widthOf(cells.slice(marked.from, Math.min(marked.to, window.to))))
  return {
    text: (cutBefore ? ELLIPSIS : '') + shown.map((cell) => cell.text).join('') + (cutAfter ? ELLIPSIS : ''),
    marker: ' '.repeat(before) + '^'.repeat(carets),
  }
}

/** 1-based; without its line break. */
function lineOf(source: string, number: number): string | undefined {
  let start = 0
  for (let line = 1; line < number; line++) {
    const next = source.indexOf('\n', start)
    if (next < 0) return undefined
    start = next + 1
  }
  const end = source.indexOf('\n', start)
  return source.slice(start, end < 0 ? source.length : end).replace(/\r$/, '')
}

/** The cell that holds the code unit; cells.length for the end of the text. */
function indexOfCell(cells: Cell[], index: number, length: number): number {
  if (index >= length) return cells.length
  const after = cells.findIndex((cell) => cell.index > index)
  return (after < 0 ? cells.length : after) - 1
}

/** The marked cells with as much around them as fits: a third of the room before, the rest after. */
function chooseWindow(
  cells: Cell[],
  marked: { from: number; to: number },
  columns: number,
): { from: number; to: number } {
  if (widthOf(cells) <= columns) return { from: 0, to: cells.length }
  const room = columns - 2 * ELLIPSIS.length
  let from = marked.from
  let width = 0
  while (from > 0 && width + (cells[from - 1]?.width ?? 0) <= room / 3) width += cells[--from]?.width ?? 0
  let to = from
  width = 0
  while (to < cells.length && width + (cells[to]?.width ?? 0) <= room) width += cells[to++]?.width ?? 0
  while (from > 0 && width + (cells[from - 1]?.width ?? 0) <= room) width += cells[--from]?.width ?? 0
  return { from, to }
}

function widthOf(cells: Cell[]): number {
  return cells.reduce((sum, cell) => sum + cell.width, 0)
}
