// What `volt plan` does.
import { readHostFacts } from '../../host/facts-file.ts'
import { probeHost } from '../../host/probe.ts'
import type { HostFacts } from '../../plan/host-facts.gen.ts'
import { decideChange, type Change } from '../../run/decide-change.ts'
import { projectFor } from '../../run/find-vm.ts'
import type { RunnableVm } from '../../run/runnable-vm.ts'
import { checkBinding } from '../../state/project.ts'
import { readStatus } from '../../state/vm-state.ts'
import { VoltError } from '../../volt-error.ts'
import { withCompiled, type Compiled, type CompileOptions } from '../compile-input.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { createProgress } from '../progress.ts'
import { renderChange, renderPlan } from '../render/plan.ts'
import { plural } from '../render/units.ts'
import { checkOutput, savePlan } from '../save-plan.ts'

export interface PlanOptions {
  output?: string
  hostFacts?: string
  vm?: string
  details?: true
  json?: true
  detailedExitcode?: true
  project?: string
}

interface PlannedVm {
  vm: RunnableVm
  change: Change
}

export async function plan(context: Context, file: string, options: PlanOptions): Promise<void> {
  const { vm: name, hostFacts, output } = options
  if (output !== undefined) await checkOutput(output, file)
  const progress = createProgress(context, { silent: options.json === true })
  const compileOptions: CompileOptions = {
    figures: false,
    check: (names, input) => checkInput(names, input, options),
    host: () => (hostFacts === undefined ? probeThisHost() : readHostFacts(hostFacts)),
    ...(name !== undefined && { only: name }),
  }
  await withCompiled(context, progress, file, compileOptions, async (compiled) => {
    const planned = await compare(compiled, options.project)
    const [only] = compiled.vms
    if (output !== undefined && only !== undefined) await savePlan(output, only, context)
    await context.stdout.write(options.json ? planJson(planned) : planText(planned, options, context))
    const pending = planned.some(({ change }) => change.kind !== 'none')
    if (options.detailedExitcode && pending) context.exitCode = EXIT.changesPending
  })
}

async function checkInput(
  names: readonly string[],
  { directory }: Compiled['input'],
  { output, project }: PlanOptions,
): Promise<void> {
  if (output !== undefined && names.length !== 1) {
    throw new VoltError('USAGE', `a saved plan holds one machine, here are ${names.length}`, {
      hint: `choose with --vm: ${names.join(', ')}`,
    })
  }
  await checkBinding(projectFor(directory, project), directory)
}

/** Like probeHost; where that fails, the hint says how to plan without a host. */
async function probeThisHost(): Promise<HostFacts> {
  try {
    return await probeHost()
  } catch (error) {
    if (!(error instanceof VoltError)) throw error
    const elsewhere = 'plan for another host with `--host-facts FILE`, which `volt doctor --facts` prints there'
    const hint = error.hint === undefined ? elsewhere : `${error.hint}; or ${elsewhere}`
    throw new VoltError(error.code, error.message, { hint, cause: error })
  }
}

async function compare({ input, vms }: Compiled, projectName: string | undefined): Promise<PlannedVm[]> {
  const project = projectFor(input.directory, projectName)
  return Promise.all(
    vms.map(async (vm) => ({ vm, change: await decideChange(vm, await readStatus(project, vm.name)) })),
  )
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

function planText(planned: PlannedVm[], { details }: PlanOptions, { stdout: { style } }: Context): string {
  const parts = planned.map(({ vm, change }) => {
    const machine = details || change.kind !== 'none' ? renderPlan(vm, style) : ''
    return renderChange(vm.name, change, style) + machine
  })
  const count = (kind: Change['kind']): number => planned.filter(({ change }) => change.kind === kind).length
  const totals = `${count('start')} to start, ${count('restart')} to restart, ${count('record')} to record, ${count('none')} unchanged`
  return [...parts, `${plural(planned.length, 'machine')}: ${totals}\n`].join('\n')
}
