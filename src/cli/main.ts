// The command `volt`.
import { CommanderError } from 'commander'
import { VoltError } from '../volt-error.ts'
import { checkCommand } from './check-command.ts'
import { createContext } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { createProgram } from './program.ts'
import { reportError } from './report-error.ts'

const args = process.argv.slice(2)
const context = createContext(args)

void run()

async function run(): Promise<never> {
  try {
    const program = createProgram(context)
    await program.parseAsync(checkCommand(program, args), { from: 'user' })
  } catch (error) {
    context.exitCode = error instanceof CommanderError ? await reportUsage(error) : await reportError(error, context)
  }
  await Promise.all([context.stdout.write(''), context.stderr.write('')])
  const failure = context.stdout.failure()
  if (failure !== undefined) {
    await context.stderr.line(`error: cannot write to standard output: ${failure.message}`)
    context.exitCode ||= EXIT.failed
  }
  process.exit(context.exitCode)
}

/** Help and version that were asked for are no error; of everything else commander has told, except under --json. */
async function reportUsage({ exitCode, message }: CommanderError): Promise<number> {
  if (exitCode === 0) return EXIT.ok
  if (!context.json) return EXIT.usage
  const sentence = message.replace(/^error: /, '').replaceAll('\n', ' ')
  return reportError(new VoltError('USAGE', sentence), context)
}
