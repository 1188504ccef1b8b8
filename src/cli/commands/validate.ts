// volt validate: everything that can be said about manifests without KVM.
import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { formatOption, type Format } from '../format-option.ts'
import { variablesOf, withVariables, type VariableOptions } from '../variable-options.ts'

export function defineValidate(program: Command, context: Context): void {
  withVariables(program.command('validate'))
    .description('check manifests and the files they name; needs no KVM')
    .argument('<file...>', 'manifests, or - for standard input')
    .addOption(formatOption())
    .addHelpText('after', '\nEnds with 0 when all is well, 3 when there are errors. Warnings are no errors.\n')
    .action(async (files: string[], { format, ...options }: { format: Format } & VariableOptions) => {
      const { validate } = await import('../actions/validate.ts')
      await validate(context, files, format, variablesOf(options))
    })
}
