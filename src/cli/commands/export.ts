// volt export: the same machines for what starts them elsewhere.
import type { Command } from 'commander'
import type { ExportOptions } from '../actions/export.ts'
import type { Context } from '../context.ts'
import { parseProject } from '../project-option.ts'

export function defineExport(program: Command, context: Context): void {
  program
    .command('export')
    .description('write what another program needs to start the VMs of a file')
    .command('systemd')
    .description('a unit and a saved plan for each VM, for this host: systemctl starts and stops it')
    .argument('<file>', 'manifest, or - for standard input')
    .requiredOption('-o, --output <directory>', 'where they go, such as /etc/systemd/system')
    .option('--vm <name>', 'only this VM')
    .option('--json', 'one JSON object on stdout, no progress')
    .option('--project <name>', "project; by default the name of the file's directory", parseProject)
    .action(async (file: string, options: ExportOptions) => {
      const { exportSystemd } = await import('../actions/export.ts')
      await exportSystemd(context, file, options)
    })
}
