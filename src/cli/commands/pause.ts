// volt pause, volt resume: a guest stops between two instructions, and goes on.
import type { Command } from 'commander'
import type { PauseVerb } from '../../run/control-protocol.ts'
import type { PauseOptions } from '../actions/pause.ts'
import type { Context } from '../context.ts'
import { parseProject } from '../project-option.ts'

export function definePause(program: Command, context: Context): void {
  define(program, context, 'pause', 'stop running VMs where they are; they keep their memory and run no instruction')
  define(program, context, 'resume', 'let paused VMs go on, with the right time')
}

function define(program: Command, context: Context, verb: PauseVerb, description: string): void {
  program
    .command(verb)
    .description(description)
    .argument('<name...>', 'names of VMs')
    .option('--json', 'one JSON object on stdout')
    .option('--project <name>', 'project, where several have a VM of this name', parseProject)
    .action(async (names: string[], options: PauseOptions) => {
      const { pauseOrResume } = await import('../actions/pause.ts')
      await pauseOrResume(context, verb, names, options)
    })
}
