// Findings as SARIF 2.1.0 (OASIS), for code scanning.
import { pathToFileURL } from 'node:url'
import { isAbsolute } from 'node:path'
import type { Finding } from './finding.ts'

/** One log with one run. */
export function sarifLog(findings: readonly Finding[], version: string): object {
  const rules = [...new Set(findings.map(({ code }) => code))].sort()
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'volt', version, rules: rules.map((id) => ({ id })) } },
        // Columns of diagnostics count UTF-16 code units.
        columnKind: 'utf16CodeUnits',
        results: findings.map(result),
      },
    ],
  }
}

function result({ code, severity, message, hint, notes, file, start, end = start }: Finding): object {
  const region = start &&
    end && { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column }
  return {
    ruleId: code,
    level: severity,
    message: { text: hint === undefined ? message : `${message} (${hint})` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: artifact(file),
          ...(region && { region }),
        },
      },
    ],
    ...(notes && {
      relatedLocations: notes.map((note) => ({
        message: { text: note.message },
        physicalLocation: {
          artifactLocation: artifact(note.file),
          region: { startLine: note.start.line, startColumn: note.start.column },
        },
      })),
    }),
  }
}

function artifact(file: string): object {
  return { uri: isAbsolute(file) ? pathToFileURL(file).href : encodePath(file) }
}

/** A relative reference (RFC 3986 §4.2): no colon, question mark or hash of a name is taken for the URI's. */
function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}
