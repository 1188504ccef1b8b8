// volt apply: starts or updates VMs in the background, so that what runs is what is declared.
import type { Command } from 'commander'
import { openKvm } from '../../host/open-kvm.ts'
import { applyChange, type Applied } from '../../run/apply-change.ts'
import { decideChange, type Change } from '../../run/decide-change.ts'
import { projectFor } from '../../run/find-vm.ts'
import type { RunnableVm } from '../../run/runnable-vm.ts'
import { withProjectLock } from '../../state/project-lock.ts'
import { bindProject, checkBinding, removeEmptyProject, type Project } from '../../state/project.ts'
import { readStatus, type VmStatus } from '../../state/vm-state.ts'
import { VoltError } from '../../volt-error.ts'
import { attach } from '../attach.ts'
import { withCompiled, type Compiled } from '../compile-input.ts'
import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { lockOptions } from '../lock-options.ts'
import { createProgress, type Progress } from '../progress.ts'
import { printable } from '../render/display-text.ts'

interface ApplyOptions {
  attach?: true
  yes?: true
  json?: true
  project?: string
}

interface Step {
  vm: RunnableVm
  status: VmStatus
  change: Change
}

export function defineApply(program: Command, context: Context): void {
  program
    .command('apply')
    .description('make it so: start or update the VMs of a file in the background; does nothing where nothing changed')
    .argument('<file>', 'manifest, saved plan, or - for standard input')
    .option('--attach', 'follow the console; Ctrl-C detaches, the VM goes on')
    .option('-y, --yes', 'restart changed VMs without asking')
    .option('--json', 'one JSON object on stdout, no progress')
    .option('--project <name>', "project; by default the name of the file's directory")
    .action(async (file: string, options: ApplyOptions) => {
      if (options.attach && options.json) throw new VoltError('USAGE', '--attach and --json exclude each other')
      const progress = createProgress(context, { silent: options.json === true })
      await withCompiled(context, progress, file, { figures: true }, async (compiled) => {
        if (options.attach && compiled.vms.length !== 1) {
          throw new VoltError('USAGE', `--attach follows one machine; ${file} has ${compiled.vms.length}`)
        }
        await applyCompiled(context, progress, compiled, options)
      })
    })
}

async function applyCompiled(
  context: Context,
  progress: Progress,
  { input, vms }: Compiled,
  options: ApplyOptions,
): Promise<void> {
  const project = projectFor(input.directory, options.project)
  await checkBinding(project, input.directory)
  const applied = await context.interruption.guard(() =>
    withProjectLock(project, lockOptions(context), async () => {
      try {
        await bindProject(project, input.directory)
        const steps = await compare(project, vms)
        if (!options.yes) await confirmRestarts(steps, context)
        return await carryOut(context, progress, project, steps)
      } finally {
        await removeEmptyProject(project)
      }
    }),
  )
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

async function confirmRestarts(steps: Step[], context: Context): Promise<void> {
  const restarts = steps.filter(({ change }) => change.kind === 'restart')
  if (restarts.length === 0) return
  for (const { vm, change } of restarts) {
    await context.stderr.line(`${vm.name} runs and has changed:`)
    for (const reason of change.reasons) await context.stderr.line(`  ${printable(reason)}`)
  }
  await confirm(`restart ${restarts.map(({ vm }) => vm.name).join(', ')}?`, context)
}

async function carryOut(context: Context, progress: Progress, project: Project, steps: Step[]): Promise<Applied[]> {
  const { signal } = context.interruption
  const kvm = await openKvm()
  try {
    const applied: Applied[] = []
    for (const { vm, status, change } of steps) {
      applied.push(
        await progress.stage(`Apply ${vm.name}`, async (stage) => {
          signal.throwIfAborted()
          const result = await applyChange({ project, vm, status, change, kvm, signal })
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

async function report(context: Context, project: Project, applied: Applied[], options: ApplyOptions): Promise<void> {
  if (options.json) {
    await context.stdout.line(JSON.stringify({ formatVersion: 1, project: project.name, vms: applied }))
  } else if (!options.attach && !(context.stdout.isTTY && context.stderr.isTTY)) {
    // On a terminal the stages have said it.
    for (const result of applied) await context.stdout.line(`${result.name} ${describe(result)}`)
  }
}

function describe({ action, pid }: Applied): string {
  return `${action === 'recorded' ? 'recorded without a restart' : action}, pid ${pid}`
}
