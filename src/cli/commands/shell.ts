// volt shell: the way into a guest that there is.
import { Option, type Command } from 'commander'
import type { ShellOptions } from '../actions/shell.ts'
import type { Context } from '../context.ts'
import { escapeOption } from '../escape-key.ts'
import { parseProject } from '../project-option.ts'

const WAYS = ['agent', 'ssh', 'console'] as const
export type Way = (typeof WAYS)[number]

const EXAMPLES = `
By the guest's agent where it answers: a login shell in a terminal of its own. Else by ssh, where a user network forwards to
port 22. Else by the console. It says which.

Examples:
  volt shell web
  volt shell web --by ssh --user admin
`

export function defineShell(program: Command, context: Context): void {
  program
    .command('shell')
    .description('a shell in a guest: by its agent, by ssh, or its console')
    .argument('<name>', 'name of the VM')
    .addOption(new Option('--by <way>', 'one of the ways, whatever else there is').choices(WAYS))
    .option('--user <user>', 'for ssh: who to log in as')
    .addOption(escapeOption('key that leaves'))
    .option('--project <name>', 'project, where several have a VM of this name', parseProject)
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, options: ShellOptions) => {
      const { shell } = await import('../actions/shell.ts')
      await shell(context, name, options)
    })
}
