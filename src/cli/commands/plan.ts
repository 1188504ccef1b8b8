// volt plan: what apply would do, and the machine in detail. Needs no KVM when host facts are given.
import { Option, type Command } from 'commander'
import type { PlanOptions } from '../actions/plan.ts'
import type { Context } from '../context.ts'
import { formatOption } from '../format-option.ts'
import { parseProject } from '../project-option.ts'
import { withLocked } from '../locked-options.ts'
import { withVariables } from '../variable-options.ts'

export function definePlan(program: Command, context: Context): void {
  withLocked(withVariables(program.command('plan')))
    .description('show what apply would change, and the machine as the guest will find it')
    .argument('<file>', 'manifest, saved plan, or - for standard input')
    .option('-o, --output <file>', 'save the plan, for apply and run, or with --svg the picture; of one VM')
    .option('--vm <name>', 'only this VM')
    .option('--prune', 'plan with `apply --prune`: machines that left the file go')
    .option(
      '--show-manifest',
      'print the manifest with what it extends, its variables and defaults, and where each value is from',
    )
    .option('--compare <plan>', 'say in what the machine of a saved plan is another, instead of what would change')
    .option('--details', 'show unchanged machines in detail too')
    .option('--host-facts <file>', 'facts of another host (volt doctor --facts) instead of this one')
    .option('--detailed-exitcode', 'end with 2 when there are changes')
    .addOption(
      new Option('--svg', 'draw the machine: memory, processors, devices; of one VM, to -o or stdout').conflicts([
        'json',
        'format',
        'against',
      ]),
    )
    .addOption(
      new Option('--against <file>', 'show what differs from this version, not from what runs').conflicts('output'),
    )
    .addOption(formatOption())
    .addOption(new Option('--json', 'the same as --format json').implies({ format: 'json' }))
    .option('--project <name>', "project; by default the name of the file's directory", parseProject)
    .action(async (file: string, options: PlanOptions) => {
      const { plan } = await import('../actions/plan.ts')
      await plan(context, file, options)
    })
}
