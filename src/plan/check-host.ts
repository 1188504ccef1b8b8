// What only the host's facts can say against a machine.
import { formatBytes } from './address.ts'
import type { HostFacts } from './host-facts.gen.ts'
import type { MachineLayout } from './layout.ts'
import type { PlanProblem } from './plan-problem.ts'
import { highestApicId } from './topology.ts'

const ADDRESS_SIZES = 0x80000008
/** What a processor has that does not tell: AMD APM volume 3, E.4.7. */
const DEFAULT_PHYSICAL_BITS = 36

/** vCPUs and APIC ids beyond KVM's (V204), memory beyond the processor's addresses (V207). */
export function checkHost(layout: MachineLayout, facts: HostFacts): PlanProblem[] {
  const problems: PlanProblem[] = []
  const count = layout.topology.processors.length
  const { maxVcpus, maxVcpuId } = facts.kvm
  const highest = highestApicId(layout.topology)
  if (count > maxVcpus) {
    const message = `${count} vCPUs are more than this host's KVM allows, which is ${maxVcpus}`
    problems.push({ code: 'V204', message, pointer: '/vcpus' })
  } else if (highest >= maxVcpuId) {
    const message = `this topology needs APIC id ${highest}, and this host's KVM allows ids below ${maxVcpuId}`
    const hint = 'cores and threads that are powers of two leave no gaps between APIC ids'
    problems.push({ code: 'V204', message, pointer: '/vcpus', hint })
  }
  const bits = physicalBits(facts)
  const end = layout.regions.reduce((top, { start, size }) => Math.max(top, start + size), 0)
  if (end > 2 ** bits) {
    const message = `memory reaches beyond ${formatBytes(2 ** bits)}, all that this host's processor addresses (${bits} bits)`
    problems.push({ code: 'V207', message, pointer: '/memory' })
  }
  return problems
}

/** EAX 7:0: the width of a physical address in bits. */
function physicalBits({ cpuid }: HostFacts): number {
  const sizes = cpuid.find(({ leaf }) => Number(leaf) === ADDRESS_SIZES)
  return Number(sizes?.eax ?? 0) & 0xff || DEFAULT_PHYSICAL_BITS
}
