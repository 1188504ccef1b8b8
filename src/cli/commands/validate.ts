// volt validate: everything that can be said about manifests without KVM.
import { Option, type Command } from 'commander'
import type { Format } from '../actions/validate.ts'
import type { Context } from '../context.ts'

export function defineValidate(program: Command, context: Context): void {
  program
    .command('validate')
    .description('check manifests and the files they name; needs no KVM')
    .argument('<file...>', 'manifests, or - for standard input')
    .addOption(
      new Option('--format <format>', 'how to report').choices(['human', 'json', 'github', 'sarif']).default('human'),
    )
    .addHelpText('after', '\nEnds with 0 when all is well, 3 when there are errors. Warnings are no errors.\n')
    .action(async (files: string[], { format }: { format: Format }) => {
      const { validate } = await import('../actions/validate.ts')
      await validate(context, files, format)
    })
}
