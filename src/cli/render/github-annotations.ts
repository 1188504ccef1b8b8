// Findings as workflow commands of GitHub Actions, which shows them beside the lines.
import type { Position } from '../../manifest/diagnostic.ts'
import type { Finding } from './finding.ts'

/** One line a finding. */
export function renderGithub(findings: readonly Finding[]): string {
  return findings.map(renderCommand).join('')
}

/** What ended a command, of no file. */
export function renderGithubError(code: string, message: string): string {
  return `::error title=${escapeProperty(code)}::${escapeData(message)}\n`
}

function renderCommand({ severity, code, message, hint, notes = [], file, start, end = start }: Finding): string {
  const properties = { file, ...(start && end && region(start, end)), title: code }
  const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`)
  const chain = notes.map((note) => `${note.file}:${note.start.line}: ${note.message}`)
  const text = [message, ...(hint === undefined ? [] : [hint]), ...chain].join('\n')
  return `::${severity === 'note' ? 'notice' : severity} ${list.join(',')}::${escapeData(text)}\n`
}

function region(start: Position, end: Position): object {
  return {
    line: start.line,
    col: start.column,
    endLine: end.line,
    // Columns count only within one line.
    ...(end.line === start.line && { endColumn: Math.max(end.column, start.column) }),
  }
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
