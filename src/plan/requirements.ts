// What the host's KVM must offer: only what the plan uses.
import type { Requirements } from './boot-plan.gen.ts'

/** Ids above need x2APIC's 32-bit format at KVM's interfaces. */
const HIGHEST_XAPIC_ID = 254

/** Sorted names of linux/kvm.h. */
export function requirementsOf(plan: {
  pit: boolean
  tscDeadline: boolean
  /** Whether there are virtio devices: a notification is an ioeventfd, an interrupt an irqfd. */
  virtio: boolean
  highestApicId: number
}): Requirements {
  const capabilities = [
    'KVM_CAP_EXT_CPUID',
    'KVM_CAP_IMMEDIATE_EXIT',
    'KVM_CAP_IRQCHIP',
    'KVM_CAP_SET_IDENTITY_MAP_ADDR',
    'KVM_CAP_SET_TSS_ADDR',
    'KVM_CAP_USER_MEMORY',
    ...(plan.pit ? ['KVM_CAP_PIT2'] : []),
    ...(plan.virtio ? ['KVM_CAP_IOEVENTFD', 'KVM_CAP_IRQFD'] : []),
    ...(plan.highestApicId > HIGHEST_XAPIC_ID ? ['KVM_CAP_X2APIC_API'] : []),
    ...(plan.tscDeadline ? [TSC_DEADLINE_CAPABILITY] : []),
  ]
  return { kvmApiVersion: 12, capabilities: capabilities.sort() }
}

/** With it, a plan may set the TSC-deadline bit of CPUID leaf 1. */
export const TSC_DEADLINE_CAPABILITY = 'KVM_CAP_TSC_DEADLINE_TIMER'
