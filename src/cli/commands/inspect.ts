// volt inspect: what a running VM does.
import type { Command } from 'commander'
import type { InspectOptions } from '../actions/inspect.ts'
import type { Context } from '../context.ts'
import { parseProject } from '../project-option.ts'

export function defineInspect(program: Command, context: Context): void {
  program
    .command('inspect')
    .description('show what a running VM does: its plan, its virtio devices and what they have done')
    .argument('<name>', 'name of the VM')
    .option('--json', 'one JSON object')
    .option('--project <name>', 'project, where several have a VM of this name', parseProject)
    .action(async (name: string, options: InspectOptions) => {
      const { inspect } = await import('../actions/inspect.ts')
      await inspect(context, name, options)
    })
}
