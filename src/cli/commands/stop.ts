// volt stop: presses the power button, and ends VMs that do not obey.
import type { Command } from 'commander'
import type { StopOptions } from '../actions/stop.ts'
import type { Context } from '../context.ts'
import { durationOption } from '../duration-option.ts'
import { parseProject } from '../project-option.ts'
import { withVariables } from '../variable-options.ts'

export function defineStop(program: Command, context: Context): void {
  withVariables(program.command('stop'))
    .description('press the power button of VMs and wait; what does not power off in time is ended')
    .argument('[target...]', 'names of VMs, files that declare them, or - for standard input')
    .option('--all', "every VM of the project; without --project, of this directory's")
    .option('--timeout <duration>', "time a guest has to power off; else its manifest's stopTimeout", durationOption)
    .option('--json', 'one JSON object on stdout, no progress')
    .option('--project <name>', 'project of the VMs', parseProject)
    .action(async (targets: string[], options: StopOptions) => {
      const { stop } = await import('../actions/stop.ts')
      await stop(context, targets, options)
    })
}
