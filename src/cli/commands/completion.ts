// volt completion: a script for a shell; and what that script asks while somebody types.
import { Argument, type Command } from 'commander'
import { DYNAMIC, modelOf, type Dynamic } from '../completion/command-model.ts'
import type { Context } from '../context.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const

export function defineCompletion(program: Command, context: Context): void {
  program
    .command('completion')
    .description('print a script that completes commands, options, files and names')
    .addArgument(new Argument('<shell>', 'for which shell').choices(SHELLS))
    .addHelpText(
      'after',
      '\nbash, in ~/.bashrc:                 eval "$(volt completion bash)"' +
        '\nzsh, in ~/.zshrc after compinit:    source <(volt completion zsh)' +
        '\nfish, in ~/.config/fish/config.fish: volt completion fish | source\n',
    )
    .action(async (shell: (typeof SHELLS)[number]) => {
      const { completionScript } = await import('../completion/scripts.ts')
      await context.stdout.write(completionScript(shell, modelOf(program)))
    })
  program
    .command('__complete', { hidden: true })
    .description('print what can stand here, a word a line')
    .addArgument(new Argument('<kind>', 'of what').choices(DYNAMIC))
    .argument('[prefix]', 'what is typed already', '')
    .action(async (kind: Dynamic, prefix: string) => {
      const { completeWord } = await import('../actions/complete-word.ts')
      await completeWord(context, kind, prefix)
    })
}
