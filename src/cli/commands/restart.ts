// volt restart: stops VMs and starts them again as they were.
import type { Command } from 'commander'
import type { RestartOptions } from '../actions/restart.ts'
import type { Context } from '../context.ts'
import { parseProject } from '../project-option.ts'

export function defineRestart(program: Command, context: Context): void {
  program
    .command('restart')
    .description('stop VMs by their power buttons and start them again, by the plans they were applied with')
    .argument('<name...>', 'names of VMs')
    .option('--json', 'one JSON object on stdout, no progress')
    .option('--project <name>', 'project, where several have a VM of this name', parseProject)
    .action(async (names: string[], options: RestartOptions) => {
      const { restart } = await import('../actions/restart.ts')
      await restart(context, names, options)
    })
}
