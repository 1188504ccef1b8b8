// The compiler: a manifest's spec, facts about its kernel and facts about a host become a boot plan. Pure.
import type { InitrdImage, KernelImage } from '../kernel/image.ts'
import type { VmSpec } from '../manifest/spec.ts'
import { hex } from './address.ts'
import type { BootPlan, Interrupts } from './boot-plan.gen.ts'
import { prepareBoot } from './boot/boot-state.ts'
import { checkHost } from './check-host.ts'
import { checkFeatures, checkOffered } from './cpu-model/check-features.ts'
import { buildCpuid } from './cpuid/build-cpuid.ts'
import { placeDevices } from './devices.ts'
import { KVM_IDENTITY_MAP, KVM_TSS } from './guest-layout.ts'
import type { HostFacts } from './host-facts.gen.ts'
import { layOutMachine } from './layout.ts'
import { loadList, planFiles } from './load-list.ts'
import { initialMsrs } from './msrs.ts'
import type { PlanProblem } from './plan-problem.ts'
import { requirementsOf, TSC_DEADLINE_CAPABILITY } from './requirements.ts'
import { highestApicId } from './topology.ts'
import { summarize, type PlanSummary } from './summary.ts'
import { virtioDevices, type DiskImage } from './virtio/devices.ts'

/** All that a plan depends on. */
export interface CompileInput {
  spec: VmSpec
  kernel: KernelImage
  initrd?: InitrdImage
  /** Images of the spec's disks, in their order. */
  disks?: readonly DiskImage[]
  host: HostFacts
}

/** A plan with what is to be said of it, or everything that stands in its way. */
export type CompileResult = { ok: true; plan: BootPlan; summary: PlanSummary } | { ok: false; problems: PlanProblem[] }

/** LVT entries as a PC's firmware leaves them: LINT0 takes the 8259's interrupts (ExtINT), LINT1 is NMI. */
const LVT_EXTINT = 0x700
const LVT_NMI = 0x400

const INTERRUPTS: Interrupts = {
  irqchip: 'kernel',
  pit: true,
  tss: hex(KVM_TSS),
  identityMap: hex(KVM_IDENTITY_MAP),
  lvt: { lint0: hex(LVT_EXTINT), lint1: hex(LVT_NMI) },
}

/** The same input gives the same plan, byte for byte. Problems are those of `checkLayout`, or else of the host. */
export function compile({ spec, kernel, initrd, disks = [], host }: CompileInput): CompileResult {
  const result = layOutMachine(spec, kernel, initrd)
  const contradictions = checkFeatures(spec.cpu)
  if (!result.ok) return { ok: false, problems: [...result.problems, ...contradictions] }
  const { layout } = result
  const tscDeadline = host.kvm.capabilities.includes(TSC_DEADLINE_CAPABILITY)
  const problems = [...contradictions, ...checkHost(layout, host), ...checkOffered(spec.cpu, host, tscDeadline)]
  if (problems.length > 0) return { ok: false, problems }
  const cpuid = buildCpuid(host, layout.topology, { cpu: spec.cpu, numa: spec.numa, tscDeadline })
  const boot = prepareBoot(layout, kernel)
  const { acpi } = layout.firmware
  const plan: BootPlan = {
    formatVersion: 1,
    name: spec.name,
    memory: layout.regions.map(({ start, size }) => ({ gpa: hex(start), size })),
    files: planFiles(kernel, initrd),
    load: loadList(layout, boot.load),
    interrupts: structuredClone(INTERRUPTS),
    ...(acpi ? { generationId: hex(acpi.generationIdAddress) } : {}),
    // Their daemons map it.
    ...(spec.shares.length > 0 ? { sharedMemory: true } : {}),
    cpuid: cpuid.shared,
    msrs: initialMsrs(),
    vcpus: layout.topology.processors.map(({ apicId }, index) => ({ apicId, cpuid: cpuid.perVcpu[index] ?? [] })),
    boot: boot.state,
    devices: [...placeDevices(spec.console, acpi !== null), ...virtioDevices(spec, layout.rng, layout.virtio, disks)],
    requires: requirementsOf({
      pit: INTERRUPTS.pit,
      tscDeadline,
      virtio: layout.virtio.length > 0,
      highestApicId: highestApicId(layout.topology),
    }),
  }
  return { ok: true, plan, summary: summarize(plan, layout, host) }
}
