// volt lock: writes down what machines are made from, by content.
import type { Command } from 'commander'
import type { LockCommandOptions } from '../actions/lock.ts'
import type { Context } from '../context.ts'
import { withVariables } from '../variable-options.ts'

export function defineLock(program: Command, context: Context): void {
  withVariables(program.command('lock'))
    .description('write volt.lock: digests and sizes of the kernels, initrds and images of manifests')
    .argument('[file...]', 'manifests; by default all of this directory')
    .option('--update <name>', 'write down what is new of this machine; may be given several times', collect)
    .option('--update-all', 'of all machines')
    .option('--check', 'write nothing; exit code 5 where volt.lock is not what would be written')
    .option('--json', 'one JSON object on stdout, no progress')
    .addHelpText(
      'after',
      '\nWhat is locked already stays as it is: a difference is an error, with exit code 5, unless --update names its machine.\n',
    )
    .action(async (files: string[], options: LockCommandOptions) => {
      const { lock } = await import('../actions/lock.ts')
      await lock(context, files, options)
    })
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value]
}
