// volt console: the console of a VM in the background, both ways.
import type { Command } from 'commander'
import type { ConsoleOptions } from '../actions/console.ts'
import type { Context } from '../context.ts'
import { escapeOption } from '../escape-key.ts'
import { parseProject } from '../project-option.ts'

export function defineConsole(program: Command, context: Context): void {
  program
    .command('console')
    .description('attach to the console of a running VM: what it writes from now on, and what it reads')
    .argument('<name>', 'name of the VM')
    .addOption(escapeOption('key that detaches from a terminal'))
    .option('--project <name>', 'project, where several have a VM of this name', parseProject)
    .action(async (name: string, options: ConsoleOptions) => {
      const { attachToConsole } = await import('../actions/console.ts')
      await attachToConsole(context, name, options)
    })
}
