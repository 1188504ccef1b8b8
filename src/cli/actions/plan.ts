// What `volt plan` does.
import { readHostFacts } from '../../host/facts-file.ts'
import { probeHost } from '../../host/probe.ts'
import type { HostFacts } from '../../plan/host-facts.gen.ts'
import { basisOf } from '../../run/check-stale.ts'
import { projectFor } from '../../run/find-vm.ts'
import { planProject, type ProjectPlan } from '../../run/plan-project.ts'
import { checkBinding } from '../../state/project.ts'
import { describeState } from '../../state/vm-state.ts'
import { VoltError } from '../../volt-error.ts'
import { withCompiled, type Compiled, type CompileOptions } from '../compile-input.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { createProgress } from '../progress.ts'
import { renderPlan } from '../render/plan.ts'
import { renderChange, renderLeft, renderTotals } from '../render/plan-changes.ts'
import { changeJson, leftJson } from '../changes-json.ts'
import { checkOutput, savePlan } from '../save-plan.ts'

export interface PlanOptions {
  output?: string
  hostFacts?: string
  vm?: string
  details?: true
  json?: true
  detailedExitcode?: true
  prune?: true
  project?: string
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
    const { input, vms } = compiled
    const { file } = vms[0] ?? {}
    const planned = await planProject({
      project: projectFor(input.directory, options.project),
      directory: input.directory,
      vms,
      ...(file !== undefined && name === undefined && { file }),
    })
    const [only] = planned.steps
    if (output !== undefined && only !== undefined) {
      // Facts of another host are for there, where nothing is known of.
      const basis = hostFacts === undefined ? await basisOf(only.vm, only.status) : undefined
      await savePlan(output, only.vm, basis, context)
    }
    await context.stdout.write(options.json ? planJson(planned) : planText(planned, options, context))
    const pending = planned.steps.some(({ change }) => change.kind !== 'none')
    if (options.detailedExitcode && (pending || (options.prune && planned.left.length > 0))) {
      context.exitCode = EXIT.changesPending
    }
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

function planJson({ steps, left }: ProjectPlan): string {
  const vms = steps.map(({ vm: { name, digest, sources, summary, plan }, change }) => ({
    name,
    ...changeJson(change),
    digest,
    sources,
    summary,
    plan,
  }))
  return JSON.stringify({ formatVersion: 1, vms, left: left.map(leftJson) }, undefined, 2) + '\n'
}

function planText(
  { steps, left }: ProjectPlan,
  { details, prune }: PlanOptions,
  { stdout: { style } }: Context,
): string {
  const machines = steps.map(({ vm, change }) => {
    const boots = !['none', 'record', 'live'].includes(change.kind)
    const machine = details || boots ? renderPlan(vm, style) : ''
    return renderChange(vm.name, change, style) + machine
  })
  const others = left.map(({ name, why, status }) =>
    renderLeft({ name, why, state: describeState(status.state) }, prune === true, style),
  )
  const kinds = [...steps.map(({ change }) => change.kind), ...left.flatMap(() => (prune ? ['destroy' as const] : []))]
  return [...machines, ...others, renderTotals(kinds)].join('\n')
}
