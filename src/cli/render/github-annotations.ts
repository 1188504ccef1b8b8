// Diagnostics as workflow commands of GitHub Actions, which shows them beside the lines.
import type { Diagnostic } from '../../manifest/diagnostic.ts'

/** One line a diagnostic. */
export function renderGithub(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(renderCommand).join('')
}

function renderCommand({ severity, code, message, hint, file, start, end }: Diagnostic): string {
  const properties = {
    file,
    line: start.line,
    col: start.column,
    endLine: end.line,
    // Columns count only within one line.
    ...(end.line === start.line && { endColumn: Math.max(end.column, start.column) }),
    title: code,
  }
  const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`)
  const text = hint === undefined ? message : `${message}\n${hint}`
  return `::${severity} ${list.join(',')}::${escapeData(text)}\n`
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
