// volt timeline: how the last boot of a VM went.
import { Option, type Command } from 'commander'
import type { TimelineOptions } from '../actions/timeline.ts'
import type { Context } from '../context.ts'
import { parseProject } from '../project-option.ts'

export function defineTimeline(program: Command, context: Context): void {
  program
    .command('timeline')
    .description("show the last boot of a VM: Volt's stages, the kernel's by its own times, userspace")
    .argument('<name>', 'name of a VM')
    .addOption(new Option('--svg', 'draw it, to -o or stdout').conflicts(['json']))
    .option('-o, --output <file>', 'where the picture goes')
    .option('--json', 'one JSON object on stdout; times in milliseconds')
    .option('--project <name>', 'project, where several have a VM of this name', parseProject)
    .action(async (name: string, options: TimelineOptions) => {
      const { timeline } = await import('../actions/timeline.ts')
      await timeline(context, name, options)
    })
}
