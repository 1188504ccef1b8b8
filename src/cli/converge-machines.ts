// Carries out a plan: machines that left go first, then all others become what is declared, side by side.
import { openKvm } from '../host/open-kvm.ts'
import { applyChange, type Applied } from '../run/apply-change.ts'
import type { Destroyed } from '../run/destroy-vm.ts'
import type { ProjectPlan, Step } from '../run/plan-project.ts'
import { createSchedule } from '../run/schedule.ts'
import { waitFor } from '../run/wait-for.ts'
import type { Project } from '../state/project-name.ts'
import { readSandbox } from '../state/read-sandbox.ts'
import { vmFiles } from '../state/vm-files.ts'
import type { Context } from './context.ts'
import { destroyMachines, MACHINES_AT_A_TIME } from './destroy-machines.ts'
import type { Progress } from './progress.ts'
import { describeMissing } from './render/resources.ts'
import { warnOfEmulation } from './warn-of-emulation.ts'
import { warnOfSmallPages } from './warn-of-small-pages.ts'
import { warnOfMissingLayers } from './warn-of-missing-layers.ts'

export interface ConvergeOptions {
  prune?: true
  deleteData?: true
}

/** How each machine ended up, in the order of the plan. */
export interface Converged {
  applied: PromiseSettledResult<Applied>[]
  destroyed: PromiseSettledResult<Destroyed>[]
}

/** To be called with the project's lock held. Throws where no machine can be started at all. */
export async function convergeMachines(
  context: Context,
  progress: Progress,
  project: Project,
  { steps, left }: ProjectPlan,
  options: ConvergeOptions,
): Promise<Converged> {
  const deleteData = options.deleteData === true
  const starting = steps.filter(({ change }) => ['start', 'restart', 'replace'].includes(change.kind))
  const kvm = starting.length > 0 ? await openKvm() : undefined
  try {
    const machines = starting.map(({ vm }) => vm)
    await warnOfEmulation(machines, context)
    await warnOfSmallPages(machines, context)
    const names = options.prune ? left.map(({ name }) => name) : []
    const destroyed = await destroyMachines(context, progress, project, names, { deleteData })
    const { signal } = context.interruption
    const wanted = new Set(steps.flatMap(({ vm }) => vm.spec?.dependsOn ?? []))
    const applied = await applyAll(context, progress, steps, async (step) => {
      const result = await applyChange({ project, ...step, ...(kvm && { kvm }), deleteData, signal })
      const { name, life } = step.vm
      if (wanted.has(name) && life?.readiness !== undefined) await waitFor({ project, name }, 'ready', { signal })
      return result
    })
    for (const [index, step] of steps.entries()) {
      if (!starting.includes(step) || applied[index]?.status !== 'fulfilled') continue
      const sandbox = await readSandbox(vmFiles(project, step.vm.name).events)
      if (sandbox.mode !== 'off') await warnOfMissingLayers(step.vm.name, sandbox.missing, context)
    }
    return { applied, destroyed }
  } finally {
    await kvm?.close()
  }
}

async function applyAll(
  { interruption }: Context,
  progress: Progress,
  steps: readonly Step[],
  change: (step: Step) => Promise<Applied>,
): Promise<PromiseSettledResult<Applied>[]> {
  if (steps.every((step) => step.change.kind === 'none')) return Promise.allSettled(steps.map(change))
  const schedule = createSchedule(
    steps.map(({ vm }) => ({ name: vm.name, after: vm.spec?.dependsOn ?? [] })),
    MACHINES_AT_A_TIME,
  )
  return progress.stages(
    steps.map((step) => ({
      title: `Apply ${step.vm.name}`,
      // A machine's turn ends, and its dependants' comes, when its guest has started, and is ready where it says when.
      body: (stage) =>
        schedule.run(step.vm.name, async () => {
          interruption.signal.throwIfAborted()
          const result = await change(step)
          stage.title(`${step.vm.name} ${describeApplied(result)}`)
          const unlimited = result.limits && describeMissing(result.limits)
          if (unlimited !== undefined) stage.detail(unlimited)
          for (const path of result.kept) stage.detail(`kept, not used any more: ${path}`)
          return result
        }),
    })),
  )
}

/** `started, pid 4711`. */
export function describeApplied({ action, pid }: Applied): string {
  const how = { recorded: 'recorded without a restart', changed: 'changed without a restart' } as const
  return `${action === 'recorded' || action === 'changed' ? how[action] : action}, pid ${pid}`
}
