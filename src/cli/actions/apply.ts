// What `volt apply` does.
import { openKvm } from '../../host/open-kvm.ts'
import { applyChange, type Applied } from '../../run/apply-change.ts'
import { decideChange, type Change } from '../../run/decide-change.ts'
import { projectFor } from '../../run/find-vm.ts'
import { requireHelpers } from '../../run/helper-programs.ts'
import { leaveProject } from '../../run/leave-project.ts'
import type { RunnableVm } from '../../run/runnable-vm.ts'
import { withProjectLock } from '../../state/project-lock.ts'
import { bindProject, checkBinding, type Project } from '../../state/project.ts'
import { readStatus, type VmStatus } from '../../state/vm-state.ts'
import { VoltError } from '../../volt-error.ts'
import { attach } from '../attach.ts'
import { withCompiled, type Compiled } from '../compile-input.ts'
import { confirmRestarts } from '../confirm-restarts.ts'
import type { Context } from '../context.ts'
import { lockOptions } from '../lock-options.ts'
import { createProgress, type Progress } from '../progress.ts'
import { waitForAll } from '../wait-for-all.ts'
import { warnOfEmulation } from '../warn-of-emulation.ts'
import { withDone } from '../with-done.ts'

export interface ApplyOptions {
  vm?: string
  attach?: true
  wait?: true
  yes?: true
  json?: true
  project?: string
}

interface Step {
  vm: RunnableVm
  status: VmStatus
  change: Change
}

export async function apply(context: Context, file: string, options: ApplyOptions): Promise<void> {
  if (options.attach && options.json) throw new VoltError('USAGE', '--attach and --json exclude each other')
  const progress = createProgress(context, { silent: options.json === true })
  const check = async (names: readonly string[], { directory }: Compiled['input']): Promise<void> => {
    if (options.attach && names.length !== 1) {
      throw new VoltError('USAGE', `--attach follows one machine; ${file} has ${names.length}`, {
        hint: `choose with --vm: ${names.join(', ')}`,
      })
    }
    await checkBinding(projectFor(directory, options.project), directory)
  }
  const only = options.vm === undefined ? {} : { only: options.vm }
  await withCompiled(context, progress, file, { figures: true, check, ...only }, (compiled) =>
    applyCompiled(context, progress, compiled, options),
  )
}

async function applyCompiled(
  context: Context,
  progress: Progress,
  { input, vms }: Compiled,
  options: ApplyOptions,
): Promise<void> {
  const project = projectFor(input.directory, options.project)
  const applied = await context.interruption.guard(() =>
    withProjectLock(project, lockOptions(context, progress), async () => {
      try {
        await bindProject(project, input.directory)
        const steps = await compare(project, vms)
        for (const { vm, change } of steps) if (starts(change)) await requireHelpers(vm)
        if (!options.yes) await confirmRestarts(steps, context)
        return await carryOut(context, progress, project, steps)
      } finally {
        await leaveProject(project)
      }
    }),
  )
  if (options.wait) await waitUntilReady(context, progress, project, vms)
  await report(context, project, applied, options)
  const [only] = vms
  if (options.attach && only !== undefined) await attach(context, project, only.name)
}

async function compare(project: Project, vms: RunnableVm[]): Promise<Step[]> {
  const steps: Step[] = []
  for (const vm of vms) {
    const status = await readStatus(project, vm.name)
    steps.push({ vm, status, change: await decideChange(vm, status) })
  }
  return steps
}

function starts({ kind }: Change): boolean {
  return kind === 'start' || kind === 'restart'
}

async function carryOut(context: Context, progress: Progress, project: Project, steps: Step[]): Promise<Applied[]> {
  const { signal } = context.interruption
  const kvm = await openKvm()
  try {
    const starting = steps.filter(({ change }) => starts(change))
    await warnOfEmulation(
      starting.map(({ vm }) => vm),
      context,
    )
    const applied: Applied[] = []
    for (const { vm, status, change } of steps) {
      applied.push(
        await progress.stage(`Apply ${vm.name}`, async (stage) => {
          signal.throwIfAborted()
          const result = await applyChange({ project, vm, status, change, kvm, signal }).catch((error: unknown) => {
            throw withDone(error, applied.filter(({ action }) => action !== 'unchanged').map(doneTo))
          })
          stage.title(`${vm.name} ${describe(result)}`)
          return result
        }),
      )
    }
    return applied
  } finally {
    await kvm.close()
  }
}

/** One whose manifest has no sign of readiness runs, and so is ready. */
async function waitUntilReady(
  context: Context,
  progress: Progress,
  project: Project,
  vms: RunnableVm[],
): Promise<void> {
  const waited = vms.filter(({ spec }) => spec?.readiness !== undefined).map(({ name }) => ({ project, name }))
  if (waited.length === 0) return
  await progress.stage('Wait until ready', async (stage) => {
    await waitForAll(context, waited, 'ready')
    stage.title(`${waited.map(({ name }) => name).join(', ')} ready`)
  })
}

async function report(context: Context, project: Project, applied: Applied[], options: ApplyOptions): Promise<void> {
  if (options.json) {
    await context.stdout.line(JSON.stringify({ formatVersion: 1, project: project.name, vms: applied }))
  } else if (!options.attach && !(context.stdout.isTTY && context.stderr.isTTY)) {
    // On a terminal the stages have said it.
    for (const result of applied) await context.stdout.line(`${result.name} ${describe(result)}`)
  }
}

function doneTo({ name, action }: Applied): string {
  return `${name} ${action}`
}

function describe({ action, pid }: Applied): string {
  return `${action === 'recorded' ? 'recorded without a restart' : action}, pid ${pid}`
}
