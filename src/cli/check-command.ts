// The first word of the command line: one of our commands, or a hint for who knows another tool's.
import type { Command } from 'commander'
import { VoltError } from '../volt-error.ts'
import { checkOptions } from './check-options.ts'

const OURS: Readonly<Record<string, string>> = {
  up: 'apply FILE',
  start: 'apply FILE',
  down: 'destroy',
  rm: 'destroy',
  delete: 'destroy',
  list: 'ps',
  ls: 'ps',
  status: 'ps',
  attach: 'console NAME',
}

/** What commander is to parse. Throws USAGE for another tool's command, and for several wrong options. */
export function checkCommand(program: Command, args: string[]): string[] {
  const word = args.find((arg) => !arg.startsWith('-'))
  if (word === undefined || word === 'help') return args
  if (program.commands.some((command) => command.name() === word)) {
    checkOptions(program, args)
    return args
  }
  const ours = Object.hasOwn(OURS, word) ? OURS[word] : undefined
  if (ours !== undefined)
    throw new VoltError('USAGE', `unknown command '${word}'`, { hint: `\`volt ${ours}\` does that` })
  // Without its options: commander prefers --help to saying that it does not know the word.
  return [word]
}
