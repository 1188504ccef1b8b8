// What `volt apply` does.
import type { Applied } from '../../run/apply-change.ts'
import { sweepCgroups } from '../../host/cgroup.ts'
import { notifyReady, requireNotifySocket } from '../../host/notify-systemd.ts'
import { checkStale } from '../../run/check-stale.ts'
import type { Change } from '../../run/decide-change.ts'
import { projectFor } from '../../run/find-vm.ts'
import { requireHelpers } from '../../run/helper-programs.ts'
import { leaveProject } from '../../run/leave-project.ts'
import { planProject, type PlanRequest, type ProjectPlan, type Step } from '../../run/plan-project.ts'
import { seedContent } from '../../run/seed-content.ts'
import { requirePlacement } from '../../run/require-placement.ts'
import { withProjectLock } from '../../state/project-lock.ts'
import { bindProject, checkBinding } from '../../state/project.ts'
import type { Project } from '../../state/project-name.ts'
import { VoltError } from '../../volt-error.ts'
import { attach } from '../attach.ts'
import { changeJson, leftJson } from '../changes-json.ts'
import { withCompiled, type Compiled } from '../compile-input.ts'
import { confirmChanges } from '../confirm-changes.ts'
import type { Context } from '../context.ts'
import { convergeMachines, describeApplied, type Converged } from '../converge-machines.ts'
import { lockOptions } from '../lock-options.ts'
import { allOf } from '../partly-failed.ts'
import { createProgress, type Progress } from '../progress.ts'
import { showPending } from '../show-pending.ts'
import { stayWith } from '../stay-with.ts'
import { waitUntilReady } from '../wait-until-ready.ts'
import type { LockedOptions } from '../locked-options.ts'
import { variablesOf, type VariableOptions } from '../variable-options.ts'

export interface ApplyOptions extends VariableOptions, LockedOptions {
  vm?: string
  attach?: true
  foreground?: true
  wait?: true
  notify?: true
  yes?: true
  prune?: true
  deleteData?: true
  json?: true
  project?: string
}

export async function apply(context: Context, file: string, options: ApplyOptions): Promise<void> {
  const follow = options.attach ? '--attach' : options.foreground ? '--foreground' : undefined
  if (follow !== undefined && options.json) throw new VoltError('USAGE', `${follow} and --json exclude each other`)
  if (options.attach && options.foreground) {
    throw new VoltError('USAGE', '--attach and --foreground exclude each other')
  }
  if (options.prune && options.vm !== undefined) {
    throw new VoltError('USAGE', '--prune and --vm exclude each other', { hint: '--prune is about all of a file' })
  }
  if (options.notify) requireNotifySocket()
  const progress = createProgress(context, { silent: options.json === true })
  const check = async (names: readonly string[], { directory }: Compiled['input']): Promise<void> => {
    const single = follow !== undefined ? `${follow} follows` : options.notify ? '--notify tells of' : undefined
    if (single !== undefined && names.length !== 1) {
      throw new VoltError('USAGE', `${single} one machine; ${file} has ${names.length}`, {
        hint: `choose with --vm: ${names.join(', ')}`,
      })
    }
    await checkBinding(projectFor(directory, options.project), directory)
  }
  const only = options.vm === undefined ? {} : { only: options.vm }
  const variables = variablesOf(options)
  await withCompiled(
    context,
    progress,
    file,
    { figures: false, check, variables, locked: options, ...only },
    (compiled) => applyCompiled(context, progress, compiled, options),
  )
}

async function applyCompiled(
  context: Context,
  progress: Progress,
  { input, vms }: Compiled,
  options: ApplyOptions,
): Promise<void> {
  const project = projectFor(input.directory, options.project)
  const { file } = vms[0] ?? {}
  const declared = file !== undefined && options.vm === undefined ? { file } : {}
  const request: PlanRequest = { project, directory: input.directory, vms, ...declared }
  if (options.prune && request.file === undefined) {
    throw new VoltError('USAGE', '--prune takes a file of manifests', {
      hint: 'a saved plan and standard input do not say what left them',
    })
  }
  const { planned, converged } = await context.interruption.guard(() =>
    withProjectLock(project, lockOptions(context, progress), async () => {
      try {
        await sweepCgroups()
        await bindProject(project, input.directory)
        const planned = await planProject(request)
        await requireAll(planned)
        await showPending(context, input.file, planned, options)
        if (!options.yes) await confirmChanges(planned.steps, options.prune ? planned.left : [], context)
        return { planned, converged: await convergeMachines(context, progress, project, planned, options) }
      } finally {
        await leaveProject(project)
      }
    }),
  )
  if (options.wait || options.notify) await waitUntilReady(context, progress, project, vms)
  await report(context, project, planned, converged, options)
  if (options.notify) await notifyStarted(converged)
  const [only] = vms
  if (options.attach && only !== undefined) await attach(context, project, only.name)
  if (options.foreground && only !== undefined) await stayWith(context, project, only.name)
}

/** The keeper is the service's main process from now on. */
async function notifyStarted({ applied: [only] }: Converged): Promise<void> {
  if (only?.status === 'fulfilled') await notifyReady(only.value.pid)
}

/** What can be known to be missing before anything is ended. */
async function requireAll({ steps }: ProjectPlan): Promise<void> {
  for (const { vm, status, change } of steps) {
    await checkStale(vm, status)
    if (!startsMachine(change)) continue
    await requireHelpers(vm)
    if (vm.provision !== undefined) seedContent(vm.provision)
    await requirePlacement(vm)
  }
}

function startsMachine({ kind }: Change): boolean {
  return kind === 'start' || kind === 'restart' || kind === 'replace'
}

function stepJson(step: Step | undefined): object {
  return step === undefined ? {} : changeJson(step.change)
}

async function report(
  context: Context,
  project: Project,
  { steps, left }: ProjectPlan,
  { applied, destroyed }: Converged,
  options: ApplyOptions,
): Promise<void> {
  const lines =
    !options.json && !options.attach && !options.foreground && !(context.stdout.isTTY && context.stderr.isTTY)
  // On a terminal the stages have said it.
  for (const result of lines ? applied : []) {
    if (result.status === 'fulfilled' && result.value.action !== 'unchanged') {
      await context.stdout.line(`${result.value.name} ${describeApplied(result.value)}`)
    }
  }
  const pruned = options.prune ? left.map(({ name }) => name) : []
  const names = [...pruned, ...steps.map(({ vm }) => vm.name)]
  const done = allOf<Applied | object>(names, [...destroyed, ...applied])
  if (!options.json) return
  const result = {
    formatVersion: 1,
    project: project.name,
    vms: done.slice(pruned.length).map((vm, index) => ({ ...stepJson(steps[index]), ...vm })),
    destroyed: done.slice(0, pruned.length),
    left: options.prune ? [] : left.map(leftJson),
  }
  await context.stdout.line(JSON.stringify(result))
}
