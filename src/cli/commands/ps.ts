// volt ps: the VMs that Volt started and what became of them.
import type { Command } from 'commander'
import type { PsOptions } from '../actions/ps.ts'
import type { Context } from '../context.ts'
import { parseProject } from '../project-option.ts'

export function definePs(program: Command, context: Context): void {
  program
    .command('ps')
    .description('list VMs that were applied, running or not')
    .option('--json', 'one JSON object')
    .option('--project <name>', 'only those of one project; by default those of all', parseProject)
    .action(async (options: PsOptions) => {
      const { ps } = await import('../actions/ps.ts')
      await ps(context, options)
    })
}
