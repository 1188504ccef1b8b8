// Feature bits that depend on the machine rather than on the processor. CPUID leaves 0x1, 0xA, 0x80000001, 0x40000001.
import { withBit, type CpuidTable } from './cpuid-table.ts'

/** Leaf 1 ECX. */
const ECX_VMX = 5
const ECX_PDCM = 15
const ECX_TSC_DEADLINE = 24
const ECX_OSXSAVE = 27
const ECX_HYPERVISOR = 31
/** Leaf 1 EDX: more than one logical processor. */
const EDX_HTT = 28
/** Leaf 0x80000001 ECX. */
const ECX_SVM = 2

const SVM_FEATURES = 0x8000000a
/** KVM_CPUID_FEATURES; its EDX holds hints that only a guest with processors of its own may be given. */
const KVM_FEATURES = 0x40000001

export interface MachineFeatures {
  vcpus: number
  /** KVM offers the LAPIC timer's TSC-deadline mode. */
  tscDeadline: boolean
  /** Whether the guest may run virtual machines, where the host's KVM lets it. */
  nested: boolean
}

/** HTT is set with more than one vCPU: without it some kernels do not start the others. */
export function setMachineFeatures(table: CpuidTable, machine: MachineFeatures): void {
  const leaf1 = table.edit(0x1)
  leaf1.ecx = withBit(leaf1.ecx, ECX_HYPERVISOR, true)
  leaf1.ecx = withBit(leaf1.ecx, ECX_TSC_DEADLINE, machine.tscDeadline)
  // CR4.OSXSAVE is off at the first instruction; KVM mirrors it from then on.
  leaf1.ecx = withBit(leaf1.ecx, ECX_OSXSAVE, false)
  leaf1.edx = withBit(leaf1.edx, EDX_HTT, machine.vcpus > 1)
  removePerformanceMonitoring(table)
  if (!machine.nested) removeNestedVirtualisation(table)
  const paravirtual = table.get(KVM_FEATURES)
  if (paravirtual) paravirtual.edx = 0
}

/** Counters depend on the host's generation and on who else uses them; PDCM points at their capabilities. */
function removePerformanceMonitoring(table: CpuidTable): void {
  const leaf1 = table.edit(0x1)
  leaf1.ecx = withBit(leaf1.ecx, ECX_PDCM, false)
  const monitoring = table.get(0xa)
  if (monitoring) table.set({ ...monitoring, eax: 0, ebx: 0, ecx: 0, edx: 0 })
}

/** Virtual machines in the guest are the larger part of what KVM exposes to it. */
function removeNestedVirtualisation(table: CpuidTable): void {
  const leaf1 = table.edit(0x1)
  leaf1.ecx = withBit(leaf1.ecx, ECX_VMX, false)
  const extended = table.get(0x80000001)
  if (extended) extended.ecx = withBit(extended.ecx, ECX_SVM, false)
  const svm = table.get(SVM_FEATURES)
  if (svm) table.set({ ...svm, eax: 0, ebx: 0, ecx: 0, edx: 0 })
}
