// volt destroy: ends VMs and forgets them.
import type { Command } from 'commander'
import { STOP_TIMEOUT_MS } from '../../run/stop-vm.ts'
import type { DestroyOptions } from '../actions/destroy.ts'
import type { Context } from '../context.ts'
import { durationOption } from '../duration-option.ts'
import { parseProject } from '../project-option.ts'
import { withVariables } from '../variable-options.ts'

export function defineDestroy(program: Command, context: Context): void {
  withVariables(program.command('destroy'))
    .description('end VMs and remove their records, logs and plans; overlays that their guests wrote to stay')
    .argument('[target...]', 'names of VMs, files that declare them, or - for standard input')
    .option('--all', "every VM of the project; without --project, of this directory's")
    .option(
      '--timeout <duration>',
      `time a VM has to end before it is killed (default: ${STOP_TIMEOUT_MS / 1000}s)`,
      durationOption,
    )
    .option('--delete-data', 'remove those overlays too, also of VMs that were destroyed before')
    .option('-y, --yes', 'end what runs without asking; without a terminal nothing is asked')
    .option('--json', 'one JSON object on stdout, no progress')
    .option('--project <name>', 'project of the VMs', parseProject)
    .action(async (targets: string[], options: DestroyOptions) => {
      const { destroy } = await import('../actions/destroy.ts')
      await destroy(context, targets, options)
    })
}
