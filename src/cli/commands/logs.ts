// volt logs: the console of a VM in the background.
import type { Command } from 'commander'
import { findVm } from '../../run/find-vm.ts'
import { followFile, readWhole } from '../../run/follow-file.ts'
import { readStatus } from '../../state/vm-state.ts'
import type { Context } from '../context.ts'
import { copyOut } from '../copy-out.ts'

interface LogsOptions {
  follow?: true
  project?: string
}

export function defineLogs(program: Command, context: Context): void {
  program
    .command('logs')
    .description("print what a VM's guest wrote to its console since it was started")
    .argument('<name>', 'name of the VM')
    .option('-f, --follow', 'go on until the VM ends')
    .option('--project <name>', 'project, where several have a VM of this name')
    .action(async (name: string, options: LogsOptions) => {
      const { project } = await findVm(name, options.project, process.cwd())
      const { files } = await readStatus(project, name)
      const ended = async (): Promise<boolean> => (await readStatus(project, name)).state.kind !== 'running'
      const { signal } = context.interruption
      await copyOut(context, options.follow ? followFile(files.console, ended, signal) : readWhole(files.console))
    })
}
