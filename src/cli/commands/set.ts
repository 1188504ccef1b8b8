// volt set: changes a running VM.
import type { Command } from 'commander'
import { SETTINGS_HELP } from '../../run/parse-setting.ts'
import type { SetOptions } from '../actions/set.ts'
import type { Context } from '../context.ts'
import { parseProject } from '../project-option.ts'

export function defineSet(program: Command, context: Context): void {
  program
    .command('set')
    .description('change a running VM: the memory that it keeps, what its devices may do in a second')
    .argument('<name>', 'name of the VM')
    .argument('<setting...>', 'what to change, such as balloon=256MiB')
    .option('--json', 'one JSON object on stdout')
    .option('--project <name>', 'project, where several have a VM of this name', parseProject)
    .addHelpText('after', SETTINGS_HELP)
    .action(async (name: string, settings: string[], options: SetOptions) => {
      const { set } = await import('../actions/set.ts')
      await set(context, name, settings, options)
    })
}
