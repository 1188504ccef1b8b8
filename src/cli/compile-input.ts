// The stages that run, apply and plan begin with: read what was named, ask the host, compile.
import type { HostFacts } from '../plan/host-facts.gen.ts'
import type { VariableInputs } from '../manifest/compose/given-values.ts'
import { probeHost } from '../host/probe.ts'
import type { Diagnostic } from '../manifest/diagnostic.ts'
import { openInput, type CompiledInput, type Input } from '../run/open-input.ts'
import type { RunnableVm } from '../run/runnable-vm.ts'
import { VoltError } from '../volt-error.ts'
import { buildContent } from './build-content.ts'
import { requireLocked } from './content-lock.ts'
import type { LockedOptions } from './locked-options.ts'
import type { Context } from './context.ts'
import type { Progress } from './progress.ts'
import { hasErrors } from './render/diagnostics.ts'
import { highlights } from './render/plan.ts'
import { plural } from './render/units.ts'
import { InvalidManifests, showDiagnostics } from './report-error.ts'

export interface CompileOptions {
  /** Only the VM of this name. */
  only?: string
  /** Values of the manifests' variables. */
  variables: VariableInputs
  /** Called with the names of the VMs when they are read, before anything else: throws what the command cannot do. */
  check?: (names: readonly string[], input: Input) => Promise<void> | void
  /** Host facts; by default this host is asked. */
  host?: () => Promise<HostFacts>
  /** Whether the stages show the figures of each VM. */
  figures: boolean
  /** Of commands that may hold their input to volt.lock. */
  locked?: LockedOptions
}

export interface Compiled {
  input: Input
  vms: RunnableVm[]
  /** Warnings; they are on stderr already. */
  diagnostics: Diagnostic[]
}

/** What reading takes of the options. */
export interface ReadOptions extends Pick<CompileOptions, 'only' | 'variables'> {
  /** Whether a file of bases alone will do. */
  bases?: true
}

/** Runs `use` with what was read and closes its files. Throws InvalidManifests with everything that is wrong. */
export async function withInput(
  context: Context,
  progress: Progress,
  file: string,
  options: ReadOptions,
  use: (input: Input) => Promise<void>,
): Promise<void> {
  const input = await readStage(context, progress, file, options)
  try {
    await use(input)
  } finally {
    await input.close()
  }
}

/** As withInput, with the compiled VMs. */
export async function withCompiled(
  context: Context,
  progress: Progress,
  file: string,
  options: CompileOptions,
  use: (compiled: Compiled) => Promise<void>,
): Promise<void> {
  await withInput(context, progress, file, options, async (input) => {
    await options.check?.(options.only === undefined ? input.names : [options.only], input)
    await buildContent(context, progress, input, options.only)
    if (options.locked) await requireLocked(context, progress, input, options.locked, options.only)
    const host = input.needsHost ? await hostStage(progress, options.host ?? probeHost) : undefined
    const { vms, diagnostics } = await compileStage(context, progress, input, host, options)
    await use({ input, vms, diagnostics: [...input.diagnostics, ...diagnostics] })
  })
}

async function readStage(
  context: Context,
  progress: Progress,
  file: string,
  { only, variables, bases }: ReadOptions,
): Promise<Input> {
  return progress.stage(`Read ${file}`, async (report) => {
    const input = await openInput(file, variables)
    try {
      await requireValid(context, input, input.diagnostics)
      if (!bases) requireMachines(file, input)
      if (only !== undefined && !input.names.includes(only)) {
        throw new VoltError('NO_SUCH_VM', `${file} has no machine '${only}'`, {
          hint: `it has: ${input.names.join(', ')}`,
        })
      }
    } catch (error) {
      await input.close()
      throw error
    }
    report.title(`Read ${file}: ${plural(input.names.length, 'machine')}${input.needsHost ? '' : ', a saved plan'}`)
    return input
  })
}

/** A base for others is read without errors, and is nothing that can run. */
function requireMachines(file: string, { names, bases }: Input): void {
  if (names.length > 0 || bases === 0) return
  throw new VoltError('USAGE', `${file} has no machine: it is a base for others`, {
    hint: 'name a manifest that extends it',
  })
}

function hostStage(progress: Progress, ask: () => Promise<HostFacts>): Promise<HostFacts> {
  return progress.stage('Ask the host', async (report) => {
    const host = await ask()
    const { kvm, cpu } = host
    report.title(`Host: KVM API ${kvm.apiVersion}, up to ${kvm.maxVcpus} vCPUs, ${cpu.brand || cpu.vendor}`)
    return host
  })
}

async function compileStage(
  context: Context,
  progress: Progress,
  input: Input,
  host: HostFacts | undefined,
  { only, figures }: CompileOptions,
): Promise<CompiledInput> {
  return progress.stage('Compile', async (report) => {
    const { vms, diagnostics } = input.compile(host, only)
    await requireValid(context, input, diagnostics)
    report.title(`Compiled ${vms.map((vm) => vm.name).join(', ')}`)
    for (const vm of figures ? vms : []) {
      const prefix = vms.length > 1 ? `${vm.name}: ` : ''
      for (const line of highlights(vm)) report.detail(prefix + line)
    }
    return { vms, diagnostics }
  })
}

async function requireValid(context: Context, input: Input, diagnostics: Input['diagnostics']): Promise<void> {
  const { sources } = input
  if (hasErrors(diagnostics)) throw new InvalidManifests(diagnostics, sources)
  await showDiagnostics(diagnostics, sources, context)
}
