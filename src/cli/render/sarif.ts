// Diagnostics as SARIF 2.1.0 (OASIS), for code scanning.
import { pathToFileURL } from 'node:url'
import { isAbsolute } from 'node:path'
import type { Diagnostic } from '../../manifest/diagnostic.ts'

/** One log with one run. */
export function sarifLog(diagnostics: readonly Diagnostic[], version: string): object {
  const rules = [...new Set(diagnostics.map(({ code }) => code))].sort()
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'volt', version, rules: rules.map((id) => ({ id })) } },
        // Columns of diagnostics count UTF-16 code units.
        columnKind: 'utf16CodeUnits',
        results: diagnostics.map(result),
      },
    ],
  }
}

function result({ code, severity, message, hint, file, start, end }: Diagnostic): object {
  return {
    ruleId: code,
    level: severity,
    message: { text: hint === undefined ? message : `${message} (${hint})` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: isAbsolute(file) ? pathToFileURL(file).href : encodeURI(file) },
          region: { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column },
        },
      },
    ],
  }
}
