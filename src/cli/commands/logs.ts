// volt logs: the console of a VM in the background.
import type { Command } from 'commander'
import type { LogsOptions } from '../actions/logs.ts'
import type { Context } from '../context.ts'
import { parseProject } from '../project-option.ts'

export function defineLogs(program: Command, context: Context): void {
  program
    .command('logs')
    .description("print what a VM's guest wrote to its console since it was started")
    .argument('<name>', 'name of the VM')
    .option('-f, --follow', 'go on until the VM ends')
    .option('--raw', 'to a terminal too, as it was written: the guest may do with the terminal what it wants')
    .option('--project <name>', 'project, where several have a VM of this name', parseProject)
    .action(async (name: string, options: LogsOptions) => {
      const { logs } = await import('../actions/logs.ts')
      await logs(context, name, options)
    })
}
