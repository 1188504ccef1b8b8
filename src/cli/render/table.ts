// Columns of text, aligned by what they take on the screen.
import { displayWidth, printable } from './display-text.ts'

/** One line a row, two blanks between columns, none at the end. What cells have from machines is made printable. */
export function renderTable(cells: readonly (readonly string[])[], indent = ''): string {
  const rows = cells.map((row) => row.map(printable))
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell))))
  }
  const lines = rows.map((row) =>
    row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - displayWidth(cell))).join('  '),
  )
  return lines.map((line) => indent + line.trimEnd() + '\n').join('')
}
