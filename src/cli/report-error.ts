// The one place where an error becomes text and an exit code.
import type { Diagnostic } from '../manifest/diagnostic.ts'
import { VoltError } from '../volt-error.ts'
import type { Context } from './context.ts'
import { EXIT, exitCodeOf } from './exit-codes.ts'
import { Interrupted } from './interruption.ts'
import { renderDiagnostics } from './render/diagnostics.ts'
import { printable } from './render/display-text.ts'

/** Manifests with errors: ends a command with all their diagnostics and exit code 3. */
export class InvalidManifests extends Error {
  override readonly name = 'InvalidManifests'
  readonly diagnostics: Diagnostic[]
  /** Texts of the files by the names that diagnostics use. */
  readonly sources: ReadonlyMap<string, string>

  constructor(diagnostics: Diagnostic[], sources: ReadonlyMap<string, string>) {
    super('the manifest is not valid')
    this.diagnostics = diagnostics
    this.sources = sources
  }
}

/** Writes the error to stderr; returns the exit code. */
export async function reportError(error: unknown, context: Context): Promise<number> {
  const { stderr } = context
  if (context.interruption.signal.aborted) error = context.interruption.signal.reason
  if (error instanceof Interrupted) return error.exitCode
  if (isSystemError(error)) error = new VoltError('HOST_ERROR', error.message, { cause: error })
  if (error instanceof InvalidManifests) {
    await showDiagnostics(error.diagnostics, error.sources, context)
    return EXIT.invalid
  }
  if (error instanceof VoltError) {
    await stderr.write(formatError(error.code, error.message, error.hint, context))
  } else {
    const message = error instanceof Error ? error.message : String(error)
    const hint = 'this is a bug in Volt: please report it, with what VOLT_DEBUG=1 adds'
    await stderr.write(formatError('INTERNAL', message, hint, context))
  }
  if (process.env['VOLT_DEBUG'] === '1' && error instanceof Error) await stderr.line(error.stack)
  return exitCodeOf(error)
}

/** What Node throws for a call that the host refused, such as a full disk. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error
}

/** Diagnostics as people read them, on stderr. */
export async function showDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
  { stderr }: Context,
): Promise<void> {
  if (diagnostics.length === 0) return
  await stderr.write(renderDiagnostics(diagnostics, { sources, style: stderr.style, columns: stderr.columns }))
}

function formatError(code: string, message: string, hint: string | undefined, { stderr }: Context): string {
  const { style } = stderr
  const first = `${style.bold(style.red(`error[${code}]`))}${style.bold(`: ${printable(message)}`)}\n`
  return hint === undefined ? first : `${first}  ${style.dim('=')} help: ${printable(hint)}\n`
}
