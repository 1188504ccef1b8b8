// volt fmt: manifests as everybody writes them.
import type { Command } from 'commander'
import type { FmtOptions } from '../actions/fmt.ts'
import type { Context } from '../context.ts'

export function defineFmt(program: Command, context: Context): void {
  program
    .command('fmt')
    .description('write manifests in one way: keys in the order of the schema, comments kept')
    .argument('<file...>', 'manifests, which are changed, or - for standard input to standard output')
    .option('--check', 'change nothing; list what would change, and end with 1 when there is some')
    .addHelpText('after', '\nPrints the names of the files that it changes. One with broken YAML stays as it is (3).\n')
    .action(async (files: string[], options: FmtOptions) => {
      const { fmt } = await import('../actions/fmt.ts')
      await fmt(context, files, options)
    })
}
