// volt events: what became of VMs, as it happens.
import type { Command } from 'commander'
import type { EventsOptions } from '../actions/events.ts'
import type { Context } from '../context.ts'
import { parseProject } from '../project-option.ts'

export function defineEvents(program: Command, context: Context): void {
  program
    .command('events')
    .description('print the events of VMs since they were applied, the oldest first; without names of all that run')
    .argument('[name...]', 'names of VMs')
    .option('-f, --follow', 'go on until they have ended')
    .option('--json', 'lines of JSON (NDJSON), with the project and the name of the VM')
    .option('--project <name>', 'project, where several have a VM of this name', parseProject)
    .action(async (names: string[], options: EventsOptions) => {
      const { events } = await import('../actions/events.ts')
      await events(context, names, options)
    })
}
