// volt explain: the documentation of a manifest's field, from the schema.
import type { Command } from 'commander'
import type { ExplainOptions } from '../actions/explain.ts'
import type { Context } from '../context.ts'

export function defineExplain(program: Command, context: Context): void {
  program
    .command('explain')
    .description("say what a manifest's field is, takes and where it goes")
    .argument('[field]', 'such as disks.rateLimit, or as a plan or a diagnostic names it; all without it')
    .option('--json', 'one JSON object on stdout')
    .action(async (field: string | undefined, options: ExplainOptions) => {
      const { explain } = await import('../actions/explain.ts')
      await explain(context, field, options)
    })
}
