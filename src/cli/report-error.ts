// The one place where an error becomes text and an exit code.
import type { Diagnostic } from '../manifest/diagnostic.ts'
import { VoltError } from '../volt-error.ts'
import type { Context } from './context.ts'
import { EXIT, exitCodeOf } from './exit-codes.ts'
import { Interrupted } from './interruption.ts'
import { LockMismatch } from './lock-mismatch.ts'
import { PartlyFailed } from './partly-failed.ts'
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

/** Writes the error to stderr, under --json as JSON to stdout; returns the exit code. */
export async function reportError(thrown: unknown, context: Context): Promise<number> {
  const { stdout, stderr, interruption } = context
  const error = asKnown(interruption.signal.aborted ? interruption.signal.reason : thrown)
  if (error instanceof Interrupted) return error.exitCode
  if (context.json) await stdout.line(JSON.stringify({ formatVersion: 1, ...toJson(error) }))
  else if (error instanceof InvalidManifests) await showDiagnostics(error.diagnostics, error.sources, context)
  else await stderr.write(formatAll(error, context))
  if (process.env['VOLT_DEBUG'] === '1' && error instanceof Error) await stderr.line(error.stack)
  return error instanceof InvalidManifests ? EXIT.invalid : exitCodeOf(error)
}

interface ErrorText {
  code: string
  message: string
  hint?: string | undefined
}

function describe(error: unknown): ErrorText {
  if (error instanceof VoltError) return { code: error.code, message: error.message, hint: error.hint }
  if (error instanceof InvalidManifests) return { code: 'MANIFEST_INVALID', message: error.message }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'INTERNAL', message, hint: 'this is a bug in Volt: please report it, with what VOLT_DEBUG=1 adds' }
}

/** With diagnostics as `validate --format json` has them. */
function toJson(error: unknown): object {
  if (error instanceof InvalidManifests) {
    return { valid: false, diagnostics: error.diagnostics, error: describe(error) }
  }
  if (error instanceof LockMismatch) return { error: describe(error), differences: error.differences }
  if (!(error instanceof PartlyFailed)) return { error: describe(error) }
  const failures = error.failures.map((failure) => ({ name: failure.name, error: describe(asKnown(failure.error)) }))
  return { error: describe(error), failures, vms: error.done }
}

function asKnown(error: unknown): unknown {
  return isSystemError(error) ? new VoltError('HOST_ERROR', error.message, { cause: error }) : error
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

/** With every failure of a command of several parts. */
function formatAll(error: unknown, context: Context): string {
  const failures = error instanceof PartlyFailed ? error.failures : []
  const lines = failures.map((failure) => {
    const { code, message, hint } = describe(asKnown(failure.error))
    return formatError({ code, message: `${failure.name}: ${message}`, hint }, context)
  })
  return [...lines, formatError(describe(error), context)].join('')
}

function formatError({ code, message, hint }: ErrorText, { stderr }: Context): string {
  const { style } = stderr
  const first = `${style.bold(style.red(`error[${code}]`))}${style.bold(`: ${printable(message)}`)}\n`
  return hint === undefined ? first : `${first}  ${style.dim('=')} help: ${printable(hint)}\n`
}
