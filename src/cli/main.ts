#!/usr/bin/env node
// The command `volt`.
import { CommanderError } from 'commander'
import { createContext } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { createProgram } from './program.ts'
import { reportError } from './report-error.ts'

const args = process.argv.slice(2)
const context = createContext(args)

try {
  await createProgram(context).parseAsync(args, { from: 'user' })
} catch (error) {
  context.exitCode = error instanceof CommanderError ? usageExitCode(error) : await reportError(error, context)
}
await Promise.all([context.stdout.write(''), context.stderr.write('')])
const failure = context.stdout.failure()
if (failure !== undefined) {
  await context.stderr.line(`error: cannot write to standard output: ${failure.message}`)
  context.exitCode ||= EXIT.failed
}
process.exit(context.exitCode)

/** Help and version that were asked for are no error; everything else commander throws is a matter of usage. */
function usageExitCode(error: CommanderError): number {
  return error.exitCode === 0 ? EXIT.ok : EXIT.usage
}
