// Diagnostics for people, as a compiler writes them.
import type { Diagnostic } from '../../manifest/diagnostic.ts'
import type { Style } from '../output.ts'
import { printable } from './display-text.ts'
import { excerpt } from './source-excerpt.ts'

export interface DiagnosticsView {
  /** Texts of the files by the names that diagnostics use. */
  sources: ReadonlyMap<string, string>
  style: Style
  /** Width of the screen. */
  columns: number
}

const MIN_EXCERPT_COLUMNS = 20

/** All of them, a blank line between two, ending in a line that counts them. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], view: DiagnosticsView): string {
  const parts = diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, view))
  return [...parts, countDiagnostics(diagnostics) + '\n'].join('\n')
}

/** Ends in a line break. */
export function renderDiagnostic(diagnostic: Diagnostic, { sources, style, columns }: DiagnosticsView): string {
  const { code, severity, message, file, start, pointer, hint, notes = [] } = diagnostic
  const emphasis = severity === 'error' ? style.red : style.yellow
  const number = String(start.line)
  const gutter = ' '.repeat(number.length + 1)
  const bar = style.dim('|')
  const source = sources.get(file)
  // A file that is empty or could not be read has no place to point at.
  const place = source === '' ? '' : `:${start.line}:${start.column}`
  const lines = [
    `${style.bold(emphasis(`${severity}[${code}]`))}${style.bold(`: ${printable(message)}`)}`,
    `${gutter}${style.dim('-->')} ${printable(file)}${place}`,
  ]
  const room = Math.max(MIN_EXCERPT_COLUMNS, columns - gutter.length - 3)
  const shown = source === undefined || source === '' ? undefined : excerpt(source, diagnostic, room)
  if (shown !== undefined) {
    const where = pointer === '' ? '' : ` ${printable(pointer)}`
    lines.push(` ${style.dim(number)} ${bar} ${shown.text}`)
    lines.push(`${gutter} ${bar} ${emphasis(shown.marker)}${style.dim(where)}`)
  }
  if (hint !== undefined) lines.push(`${gutter} ${style.dim('=')} help: ${printable(hint)}`)
  for (const note of notes) {
    const place = `${note.file}:${note.start.line}:${note.start.column}`
    lines.push(`${gutter} ${style.dim('=')} note: ${printable(`${place}: ${note.message}`)}`)
  }
  return lines.map((line) => line.trimEnd() + '\n').join('')
}

/** `2 errors and 1 warning`. */
export function countDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const count = (severity: string, word: string): string[] => {
    const n = diagnostics.filter((diagnostic) => diagnostic.severity === severity).length
    return n === 0 ? [] : [`${n} ${word}${n === 1 ? '' : 's'}`]
  }
  return [...count('error', 'error'), ...count('warning', 'warning')].join(' and ')
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error')
}
