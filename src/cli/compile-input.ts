// The stages that run, apply and plan begin with: read what was named, ask the host, compile.
import type { HostFacts } from '../plan/host-facts.gen.ts'
import { probeHost } from '../host/probe.ts'
import { openInput, type Input } from '../run/open-input.ts'
import type { RunnableVm } from '../run/runnable-vm.ts'
import { VoltError } from '../volt-error.ts'
import type { Context } from './context.ts'
import type { Progress } from './progress.ts'
import { hasErrors } from './render/diagnostics.ts'
import { highlights } from './render/plan.ts'
import { plural } from './render/units.ts'
import { InvalidManifests, showDiagnostics } from './report-error.ts'

export interface CompileOptions {
  /** Only the VM of this name. */
  only?: string
  /** Called with the names of the VMs when they are read, before anything else: throws what the command cannot do. */
  check?: (names: readonly string[], input: Input) => Promise<void> | void
  /** Host facts; by default this host is asked. */
  host?: () => Promise<HostFacts>
  /** Whether the stages show the figures of each VM. */
  figures: boolean
}

export interface Compiled {
  input: Input
  vms: RunnableVm[]
}

/** Runs `use` with the compiled VMs and closes their files. Throws InvalidManifests with everything that is wrong. */
export async function withCompiled(
  context: Context,
  progress: Progress,
  file: string,
  options: CompileOptions,
  use: (compiled: Compiled) => Promise<void>,
): Promise<void> {
  const input = await readStage(context, progress, file, options.only)
  try {
    await options.check?.(options.only === undefined ? input.names : [options.only], input)
    const host = input.needsHost ? await hostStage(progress, options.host ?? probeHost) : undefined
    await use({ input, vms: await compileStage(context, progress, input, host, options) })
  } finally {
    await input.close()
  }
}

async function readStage(context: Context, progress: Progress, file: string, only?: string): Promise<Input> {
  return progress.stage(`Read ${file}`, async (report) => {
    const input = await openInput(file)
    try {
      await requireValid(context, input, input.diagnostics)
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
): Promise<RunnableVm[]> {
  return progress.stage('Compile', async (report) => {
    const { vms, diagnostics } = input.compile(host, only)
    await requireValid(context, input, diagnostics)
    report.title(`Compiled ${vms.map((vm) => vm.name).join(', ')}`)
    for (const vm of figures ? vms : []) {
      const prefix = vms.length > 1 ? `${vm.name}: ` : ''
      for (const line of highlights(vm)) report.detail(prefix + line)
    }
    return vms
  })
}

async function requireValid(context: Context, input: Input, diagnostics: Input['diagnostics']): Promise<void> {
  const sources = new Map(input.source === '' ? [] : [[input.file, input.source]])
  if (hasErrors(diagnostics)) throw new InvalidManifests(diagnostics, sources)
  await showDiagnostics(diagnostics, sources, context)
}
