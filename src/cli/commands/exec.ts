// volt exec: a command in a guest, by its agent.
import { InvalidArgumentError, type Command } from 'commander'
import type { ExecOptions } from '../actions/exec.ts'
import type { Context } from '../context.ts'
import { escapeOption } from '../escape-key.ts'
import { durationOption } from '../duration-option.ts'
import { parseProject } from '../project-option.ts'

const EXAMPLES = `
The guest carries volt-agent (volt agent --help), and its manifest a vsock. volt ends with the command's exit code, 128 and
the signal's number where a signal ended it, 127 where there is no such command.

Examples:
  volt exec web -- uname -r
  volt exec web --timeout 30s --env LANG=C --cwd /srv -- ./migrate --all
  tar c site | volt exec web -i -- tar x -C /srv
  volt exec web -t -- top
`

export function defineExec(program: Command, context: Context): void {
  program
    .command('exec')
    .description('run a command in a guest that carries volt-agent, and end with its exit code')
    .argument('<name>', 'name of the VM')
    .argument('<command...>', 'the command and its arguments, behind --')
    .option('-i, --stdin', 'pass standard input on, to its end')
    .option('-t, --tty', 'a terminal for the command, in place of three pipes')
    .option('--env <variable>', 'NAME=value, or NAME for the value it has here; may be given again', addVariable)
    .option('--cwd <path>', 'directory of the guest to run it in; / where it is not given')
    .option('--timeout <duration>', 'end it after that, with exit code 6', durationOption)
    .option('--raw', 'to a terminal too, as the guest wrote it: it may do with the terminal what it wants')
    .addOption(escapeOption('key that leaves a --tty'))
    .option('--json', 'at the end one JSON object on stdout, with what it wrote')
    .option('--project <name>', 'project, where several have a VM of this name', parseProject)
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, words: string[], options: ExecOptions) => {
      const { exec } = await import('../actions/exec.ts')
      await exec(context, name, words, options)
    })
}

function addVariable(text: string, before: string[] = []): string[] {
  const name = text.split('=', 1)[0] ?? ''
  if (name === '') throw new InvalidArgumentError('Give NAME=value or NAME.')
  const value = process.env[name]
  if (text.includes('=')) return [...before, text]
  if (value === undefined) throw new InvalidArgumentError(`${name} is not set here.`)
  return [...before, `${name}=${value}`]
}
