// Diagnostics in the formats that go to standard output.
import type { Diagnostic } from '../manifest/diagnostic.ts'
import type { Context } from './context.ts'
import type { Format } from './format-option.ts'
import { packageVersion } from './package-version.ts'
import { hasErrors } from './render/diagnostics.ts'
import { renderGithub } from './render/github-annotations.ts'
import { markdownDiagnostics } from './render/markdown-report.ts'
import { sarifLog } from './render/sarif.ts'

/** Whether it was reported: `human` is for standard error. `ok` is the sentence for no diagnostics. */
export async function reportDiagnostics(
  diagnostics: readonly Diagnostic[],
  format: Format,
  { stdout }: Context,
  ok: string,
): Promise<boolean> {
  switch (format) {
    case 'human':
      return false
    case 'json':
      await stdout.line(json({ formatVersion: 1, valid: !hasErrors(diagnostics), diagnostics }))
      return true
    case 'github':
      await stdout.write(renderGithub(diagnostics))
      return true
    case 'sarif':
      await stdout.line(json(sarifLog(diagnostics, packageVersion())))
      return true
    case 'markdown':
      await stdout.write(markdownDiagnostics(diagnostics, ok))
      return true
  }
}

/** Of a command whose result would have that format. Not as JSON, where an error is told beside them. */
export async function reportInvalid(
  diagnostics: readonly Diagnostic[],
  format: Format,
  context: Context,
): Promise<boolean> {
  return format !== 'json' && reportDiagnostics(diagnostics, format, context, '')
}

function json(value: object): string {
  return JSON.stringify(value, undefined, 2)
}
