// What `volt validate` does.
import type { Diagnostic } from '../../manifest/diagnostic.ts'
import type { VariableInputs } from '../../manifest/compose/given-values.ts'
import { openInput } from '../../run/open-input.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import type { Format } from '../format-option.ts'
import { hasErrors } from '../render/diagnostics.ts'
import { printable } from '../render/display-text.ts'
import { plural } from '../render/units.ts'
import { reportDiagnostics } from '../report-diagnostics.ts'
import { showDiagnostics } from '../report-error.ts'

interface Checked {
  file: string
  sources: ReadonlyMap<string, string>
  machines: number
  bases: number
  diagnostics: Diagnostic[]
}

export async function validate(
  context: Context,
  files: string[],
  format: Format,
  variables: VariableInputs,
): Promise<void> {
  const checked: Checked[] = []
  for (const file of files) checked.push(await check(file, variables))
  await report(checked, format, context)
  if (checked.some(({ diagnostics }) => hasErrors(diagnostics))) context.exitCode = EXIT.invalid
}

async function check(path: string, variables: VariableInputs): Promise<Checked> {
  const { file, sources, names, bases, diagnostics, close } = await openInput(path, variables)
  await close()
  return { file, sources, machines: names.length, bases, diagnostics }
}

async function report(checked: Checked[], format: Format, context: Context): Promise<void> {
  const { stdout } = context
  const diagnostics = checked.flatMap((one) => one.diagnostics)
  const valid = checked.filter((one) => !hasErrors(one.diagnostics)).map(countsOf)
  if (await reportDiagnostics(diagnostics, format, context, valid.join('; '))) return
  await showDiagnostics(diagnostics, new Map(checked.flatMap(({ sources }) => [...sources])), context)
  for (const line of valid) await stdout.line(line)
}

function countsOf({ file, machines, bases }: Checked): string {
  const counts = [
    ...(machines > 0 || bases === 0 ? [plural(machines, 'machine')] : []),
    ...(bases > 0 ? [plural(bases, 'base')] : []),
  ]
  return `${printable(file)}: valid, ${counts.join(' and ')}`
}
