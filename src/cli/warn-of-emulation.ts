// Says beforehand that a kernel will be slow here, or stop, where KVM emulates its mode.
import { probeExecution } from '../host/probe.ts'
import type { RunnableVm } from '../run/runnable-vm.ts'
import type { Context } from './context.ts'

/** Looks at the host only for kernels that do not come with Volt; never fails. */
export async function warnOfEmulation(vms: readonly RunnableVm[], { stderr, json }: Context): Promise<void> {
  if (json || vms.every(({ sources }) => sources['kernel']?.startsWith('builtin:'))) return
  const probe = await probeExecution().catch(() => undefined)
  if (probe?.kernelMode !== 'emulated') return
  const warning = stderr.style.yellow('warning')
  await stderr.line(`${warning}: this host emulates kernel mode: the guest is slow and may stop; see \`volt doctor\``)
}
