// What `volt validate` does.
import type { Diagnostic } from '../../manifest/diagnostic.ts'
import { openInput } from '../../run/open-input.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { packageVersion } from '../package-version.ts'
import { hasErrors } from '../render/diagnostics.ts'
import { printable } from '../render/display-text.ts'
import { renderGithub } from '../render/github-annotations.ts'
import { sarifLog } from '../render/sarif.ts'
import { plural } from '../render/units.ts'
import { showDiagnostics } from '../report-error.ts'

export type Format = 'human' | 'json' | 'github' | 'sarif'

interface Checked {
  file: string
  source: string
  machines: number
  diagnostics: Diagnostic[]
}

export async function validate(context: Context, files: string[], format: Format): Promise<void> {
  const checked: Checked[] = []
  for (const file of files) checked.push(await check(file))
  await report(checked, format, context)
  if (checked.some(({ diagnostics }) => hasErrors(diagnostics))) context.exitCode = EXIT.invalid
}

async function check(path: string): Promise<Checked> {
  const { file, source, names, diagnostics, close } = await openInput(path)
  await close()
  return { file, source, machines: names.length, diagnostics }
}

async function report(checked: Checked[], format: Format, context: Context): Promise<void> {
  const { stdout } = context
  const diagnostics = checked.flatMap((one) => one.diagnostics)
  switch (format) {
    case 'human': {
      await showDiagnostics(diagnostics, new Map(checked.map(({ file, source }) => [file, source])), context)
      const valid = checked.filter((one) => !hasErrors(one.diagnostics))
      for (const { file, machines } of valid) {
        await stdout.line(`${printable(file)}: valid, ${plural(machines, 'machine')}`)
      }
      return
    }
    case 'json':
      return stdout.line(
        JSON.stringify({ formatVersion: 1, valid: !hasErrors(diagnostics), diagnostics }, undefined, 2),
      )
    case 'github':
      return stdout.write(renderGithub(diagnostics))
    case 'sarif':
      return stdout.line(JSON.stringify(sarifLog(diagnostics, packageVersion()), undefined, 2))
  }
}
