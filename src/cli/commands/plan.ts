// volt plan: what apply would do, and the machine in detail. Needs no KVM when host facts are given.
import type { Command } from 'commander'
import type { PlanOptions } from '../actions/plan.ts'
import type { Context } from '../context.ts'
import { parseProject } from '../project-option.ts'

export function definePlan(program: Command, context: Context): void {
  program
    .command('plan')
    .description('show what apply would change, and the machine as the guest will find it')
    .argument('<file>', 'manifest, saved plan, or - for standard input')
    .option('-o, --output <file>', 'save the plan, for apply and run; of one VM')
    .option('--vm <name>', 'only this VM')
    .option('--prune', 'plan with `apply --prune`: machines that left the file go')
    .option('--details', 'show unchanged machines in detail too')
    .option('--host-facts <file>', 'facts of another host (volt doctor --facts) instead of this one')
    .option('--detailed-exitcode', 'end with 2 when there are changes')
    .option('--json', 'one JSON object on stdout, no progress')
    .option('--project <name>', "project; by default the name of the file's directory", parseProject)
    .action(async (file: string, options: PlanOptions) => {
      const { plan } = await import('../actions/plan.ts')
      await plan(context, file, options)
    })
}
