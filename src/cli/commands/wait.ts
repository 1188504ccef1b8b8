// volt wait: until VMs run, are ready, or have stopped.
import { Option, type Command } from 'commander'
import { GOALS } from '../../run/goals.ts'
import type { WaitCommandOptions } from '../actions/wait.ts'
import type { Context } from '../context.ts'
import { durationOption } from '../duration-option.ts'
import { parseProject } from '../project-option.ts'

export function defineWait(program: Command, context: Context): void {
  program
    .command('wait')
    .description('wait until VMs run, are ready, or have stopped')
    .argument('<name...>', 'names of VMs')
    .addOption(new Option('--for <state>', 'what to wait for').choices(GOALS).default('stopped'))
    .option('--timeout <duration>', 'give up, with exit code 6', durationOption)
    .option('--json', 'one JSON object on stdout')
    .option('--project <name>', 'project, where several have a VM of this name', parseProject)
    .action(async (names: string[], options: WaitCommandOptions) => {
      const { wait } = await import('../actions/wait.ts')
      await wait(context, names, options)
    })
}
