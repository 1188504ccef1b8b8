// volt apply: starts or updates VMs in the background, so that what runs is what is declared.
import type { Command } from 'commander'
import type { ApplyOptions } from '../actions/apply.ts'
import type { Context } from '../context.ts'
import { parseProject } from '../project-option.ts'
import { withLocked } from '../locked-options.ts'
import { withVariables } from '../variable-options.ts'

export function defineApply(program: Command, context: Context): void {
  withLocked(withVariables(program.command('apply')))
    .description('make it so: start or update the VMs of a file in the background; does nothing where nothing changed')
    .argument('<file>', 'manifest, saved plan, or - for standard input')
    .option('--vm <name>', 'only this VM')
    .option('--attach', 'follow the console; Ctrl-C detaches, the VM goes on')
    .option(
      '--foreground',
      "stay until the VM ends, with its console on standard output and its exit code: for a container's first process. SIGTERM presses the power button",
    )
    .option('--wait', 'until VMs whose manifests say when they are ready are; exit code 6 where one is not')
    .option('--notify', 'tell systemd that the machine of a unit runs (volt export systemd)')
    .option(
      '-y, --yes',
      'restart, replace and destroy without asking; without a terminal it is needed where something that runs ends',
    )
    .option('--prune', 'destroy machines that left the file')
    .option('--delete-data', 'remove what guests wrote to overlays that a replacement or --prune leaves behind')
    .option('--json', 'one JSON object on stdout, no progress')
    .option('--project <name>', "project; by default the name of the file's directory", parseProject)
    .action(async (file: string, options: ApplyOptions) => {
      const { apply } = await import('../actions/apply.ts')
      await apply(context, file, options)
    })
}
