// volt plan: what apply would do, and the machine in detail. Needs no KVM when host facts are given.
import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { readHostFacts } from '../../host/facts-file.ts'
import { decideChange, type Change } from '../../run/decide-change.ts'
import { projectFor } from '../../run/find-vm.ts'
import { planFileText, type RunnableVm } from '../../run/runnable-vm.ts'
import { checkBinding, type Project } from '../../state/project.ts'
import { readStatus } from '../../state/vm-state.ts'
import { VoltError } from '../../volt-error.ts'
import { withCompiled, type Compiled } from '../compile-input.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { createProgress } from '../progress.ts'
import { renderChange, renderPlan } from '../render/plan.ts'
import { plural } from '../render/units.ts'

interface PlanOptions {
  output?: string
  hostFacts?: string
  vm?: string
  json?: true
  detailedExitcode?: true
  project?: string
}

interface PlannedVm {
  vm: RunnableVm
  change: Change
}

export function definePlan(program: Command, context: Context): void {
  program
    .command('plan')
    .description('show what apply would change, and the machine as the guest will find it')
    .argument('<file>', 'manifest, saved plan, or - for standard input')
    .option('-o, --output <file>', 'save the plan, for apply and run; of one VM')
    .option('--vm <name>', 'only this VM')
    .option('--host-facts <file>', 'facts of another host (volt doctor --facts) instead of this one')
    .option('--detailed-exitcode', 'end with 2 when there are changes')
    .option('--json', 'one JSON object on stdout, no progress')
    .option('--project <name>', "project; by default the name of the file's directory")
    .action(async (file: string, options: PlanOptions) => {
      const progress = createProgress(context, { silent: options.json === true })
      const { vm: only, hostFacts } = options
      const compileOptions = {
        figures: false,
        ...(only !== undefined && { only }),
        ...(hostFacts !== undefined && { host: () => readHostFacts(hostFacts) }),
      }
      await withCompiled(context, progress, file, compileOptions, async (compiled) => {
        const planned = await compare(compiled, options.project)
        if (options.output !== undefined) await savePlan(options.output, compiled.vms)
        await context.stdout.write(options.json ? planJson(planned) : planText(planned, context))
        const pending = planned.some(({ change }) => change.kind !== 'none')
        if (options.detailedExitcode && pending) context.exitCode = EXIT.changesPending
      })
    })
}

async function compare({ input, vms }: Compiled, projectName: string | undefined): Promise<PlannedVm[]> {
  const project: Project = projectFor(input.directory, projectName)
  await checkBinding(project, input.directory)
  return Promise.all(
    vms.map(async (vm) => ({ vm, change: await decideChange(vm, await readStatus(project, vm.name)) })),
  )
}

async function savePlan(path: string, vms: RunnableVm[]): Promise<void> {
  const [vm, ...others] = vms
  if (vm === undefined || others.length > 0) {
    throw new VoltError('USAGE', `a saved plan holds one machine, here are ${vms.length}`, {
      hint: 'choose one with --vm',
    })
  }
  try {
    await writeFile(path, planFileText(vm))
  } catch (cause) {
    throw new VoltError('FILE_UNWRITABLE', `cannot write ${path}: ${(cause as Error).message}`, { cause })
  }
}

function planJson(planned: PlannedVm[]): string {
  const vms = planned.map(({ vm: { name, digest, sources, summary, plan }, change }) => ({
    name,
    change: change.kind,
    reasons: change.reasons,
    digest,
    sources,
    summary,
    plan,
  }))
  return JSON.stringify({ formatVersion: 1, vms }, undefined, 2) + '\n'
}

function planText(planned: PlannedVm[], { stdout: { style } }: Context): string {
  const parts = planned.map(({ vm, change }) => renderChange(vm.name, change, style) + renderPlan(vm, style))
  const count = (kind: Change['kind']): number => planned.filter(({ change }) => change.kind === kind).length
  const totals = `${count('start')} to start, ${count('restart')} to restart, ${count('record')} to record, ${count('none')} unchanged`
  return [...parts, `${plural(planned.length, 'machine')}: ${totals}\n`].join('\n')
}
