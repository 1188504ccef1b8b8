// What `volt plan` does.
import { readHostFacts } from '../../host/facts-file.ts'
import { probeHost } from '../../host/probe.ts'
import type { HostFacts } from '../../plan/host-facts.gen.ts'
import { basisOf } from '../../run/check-stale.ts'
import { compareVersions } from '../../run/compare-versions.ts'
import { drawPlan } from '../../picture/plan-picture.ts'
import { projectFor } from '../../run/find-vm.ts'
import { planProject } from '../../run/plan-project.ts'
import { checkBinding } from '../../state/project.ts'
import { VoltError } from '../../volt-error.ts'
import { withCompiled, type Compiled, type CompileOptions } from '../compile-input.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import type { Format } from '../format-option.ts'
import { createProgress, type Progress } from '../progress.ts'
import { hasChanges } from '../render/change-findings.ts'
import { renderGithubError } from '../render/github-annotations.ts'
import { reportInvalid } from '../report-diagnostics.ts'
import { InvalidManifests } from '../report-error.ts'
import { planReport } from '../report-plan.ts'
import { comparePlan } from '../compare-plan.ts'
import type { LockedOptions } from '../locked-options.ts'
import { checkPicture, showPicture } from '../save-picture.ts'
import { checkOutput, savePlan } from '../save-plan.ts'
import { showManifest } from '../show-manifest.ts'
import { shownProject, shownVersions, type ShownPlan } from '../shown-plan.ts'
import { variablesOf, type VariableOptions } from '../variable-options.ts'

export interface PlanOptions extends VariableOptions, LockedOptions {
  format: Format
  output?: string
  against?: string
  hostFacts?: string
  vm?: string
  details?: true
  json?: true
  svg?: true
  detailedExitcode?: true
  prune?: true
  project?: string
  showManifest?: true
  compare?: string
}

export async function plan(context: Context, file: string, options: PlanOptions): Promise<void> {
  context.json = options.format === 'json'
  try {
    await planFile(context, file, { ...options, ...(context.json && { json: true }) })
  } catch (error) {
    const { format } = options
    if (error instanceof InvalidManifests && (await reportInvalid(error.diagnostics, format, context))) {
      context.exitCode = EXIT.invalid
      return
    }
    if (error instanceof VoltError && format === 'github') {
      await context.stdout.write(renderGithubError(error.code, error.message))
    }
    throw error
  }
}

async function planFile(context: Context, file: string, options: PlanOptions): Promise<void> {
  const { vm: name, hostFacts, output, against, svg } = options
  if (svg) await checkPicture(output)
  else if (output !== undefined) await checkOutput(output, file)
  const progress = createProgress(context, { silent: context.json })
  if (options.showManifest) return showManifest(context, progress, file, options)
  let host: Promise<HostFacts> | undefined
  const compileOptions: CompileOptions = {
    figures: false,
    variables: variablesOf(options),
    host: () => (host ??= hostFacts === undefined ? probeThisHost() : readHostFacts(hostFacts)),
    ...(name !== undefined && { only: name }),
  }
  const check: CompileOptions['check'] = (names, input) => checkInput(names, input, options)
  await withCompiled(context, progress, file, { ...compileOptions, locked: options, check }, async (compiled) => {
    const { vms, diagnostics } = compiled
    if (vms.length === 0 && name !== undefined) throw new VoltError('NO_SUCH_VM', `${file} has no machine '${name}'`)
    if (options.compare !== undefined) return comparePlan(context, options.compare, vms, options)
    const shown =
      against === undefined
        ? await comparedWithHost(context, compiled, options)
        : await comparedWith(against, context, progress, compiled, compileOptions, options.prune === true)
    const { style } = context.stdout
    const { format, details = false } = options
    const [only] = vms
    if (svg && only !== undefined) await showPicture(context, drawPlan(only), output)
    else await context.stdout.write(planReport(shown, { format, details, style, diagnostics }))
    const gone = against !== undefined && shown.left.length > 0
    if (options.detailedExitcode && (hasChanges(shown) || gone)) context.exitCode = EXIT.changesPending
  })
}

/** With what runs here. Saves the plan where that was asked for. */
async function comparedWithHost(
  context: Context,
  { input, vms }: Compiled,
  { output, hostFacts, vm: name, project, prune, svg }: PlanOptions,
): Promise<ShownPlan> {
  const [{ file } = {}] = vms
  const planned = await planProject({
    project: projectFor(input.directory, project),
    directory: input.directory,
    vms,
    ...(file !== undefined && name === undefined && { file }),
  })
  const [only] = planned.steps
  if (!svg && output !== undefined && only !== undefined) {
    // Facts of another host are for there, where nothing is known of.
    const basis = hostFacts === undefined ? await basisOf(only.vm, only.status) : undefined
    await savePlan(output, only.vm, basis, context)
  }
  return shownProject(input.file, planned, prune === true)
}

/** With another version of the file. */
async function comparedWith(
  against: string,
  context: Context,
  progress: Progress,
  { input, vms }: Compiled,
  compileOptions: CompileOptions,
  prune: boolean,
): Promise<ShownPlan> {
  let shown: ShownPlan | undefined
  await withCompiled(context, progress, against, compileOptions, async (older) => {
    shown = shownVersions(input.file, against, compareVersions(older.vms, vms), prune)
  })
  if (shown === undefined) throw new Error('a version that is valid is compared')
  return shown
}

async function checkInput(
  names: readonly string[],
  { directory }: Compiled['input'],
  { output, svg, project }: PlanOptions,
): Promise<void> {
  if ((svg || output !== undefined) && names.length !== 1) {
    throw new VoltError(
      'USAGE',
      `a ${svg ? 'picture shows' : 'saved plan holds'} one machine, here are ${names.length}`,
      {
        hint: `choose with --vm: ${names.join(', ')}`,
      },
    )
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
