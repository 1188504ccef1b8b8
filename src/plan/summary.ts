// What a boot plan comes to, for people: `volt plan` and the stages of `volt apply` show it.
import { formatBytes, hex } from './address.ts'
import type { BootPlan } from './boot-plan.gen.ts'
import type { HostFacts } from './host-facts.gen.ts'
import type { MachineLayout } from './layout.ts'
import { E820_RAM } from './memory-map.ts'
import { deviceLine, summarizeDevice, type DescribedMachine, type DeviceSummary } from './summary-devices.ts'

/** What people are told of a plan. */
export interface PlanSummary {
  protocol: 'linux64' | 'pvh'
  /** Why this protocol, a sentence. */
  protocolReason: string
  /** Addresses as in the plan; null without a table. `bytes` counts the floating pointer too. */
  mptable: { bytes: number; entries: number; pointer: string; config: string } | null
  /** `bytes` of all tables together, `tables` without the root pointer; null without ACPI. */
  acpi: { tables: string[]; bytes: number; rsdp: string } | null
  /** CPUID leaves that all vCPUs share, and those each has of its own. */
  cpuid: { shared: number; perVcpu: number }
  vcpus: { count: number; sockets: number; cores: number; threads: number }
  memoryBytes: number
  /** Whether other processes map it. */
  sharedMemory: boolean
  /** `end` is the last address, as Linux prints it. */
  e820: { start: string; end: string; type: 'ram' | 'reserved' }[]
  load: { label: string; gpa: string; size: number }[]
  devices: DeviceSummary[]
  /** What a careful reader would want to know, a sentence each. */
  notes: string[]
}

export function summarize(plan: BootPlan, layout: MachineLayout, host: HostFacts): PlanSummary {
  const { topology, boot } = layout
  const { mptable, acpi } = layout.firmware
  return {
    protocol: boot.name,
    protocolReason: `${boot.name}: ${boot.reason}`,
    mptable: mptable && {
      bytes: mptable.pointer.length + mptable.config.length,
      entries: mptable.entries,
      pointer: hex(mptable.pointerAddress),
      config: hex(mptable.configAddress),
    },
    acpi: acpi && {
      tables: acpi.tables.slice(1).map(({ label }) => label.replace('acpi.', '').toUpperCase()),
      bytes: acpi.tables.reduce((sum, { bytes }) => sum + bytes.length, 0),
      rsdp: hex(acpi.tables[0]?.address ?? 0),
    },
    cpuid: { shared: plan.cpuid.length, perVcpu: plan.vcpus[0]?.cpuid.length ?? 0 },
    vcpus: {
      count: topology.processors.length,
      sockets: topology.sockets,
      cores: topology.cores,
      threads: topology.threads,
    },
    memoryBytes: layout.regions.reduce((sum, { size }) => sum + size, 0),
    sharedMemory: plan.sharedMemory === true,
    e820: layout.e820.map(({ start, size, type }) => ({
      start: hex(start),
      end: hex(start + size - 1),
      type: type === E820_RAM ? 'ram' : 'reserved',
    })),
    load: plan.load.map(({ label, gpa, size }) => ({ label, gpa, size })),
    devices: plan.devices.map(summarizeDevice),
    notes: notesOn(plan, layout, host),
  }
}

/** Without interrupt remapping or extended destination ids Linux takes no processor above it. */
const HIGHEST_APIC_ID_OF_LINUX = 255

function notesOn(plan: BootPlan, layout: MachineLayout, host: HostFacts): string[] {
  const notes: string[] = []
  const count = plan.vcpus.length
  const { recommendedVcpus } = host.kvm
  if (count > recommendedVcpus)
    notes.push(`This host's KVM recommends at most ${recommendedVcpus} vCPUs; this machine has ${count}.`)
  const { mptable, acpi } = layout.firmware
  notes.push(...layout.firmware.notes)
  if (!mptable && !acpi && count > 1) {
    notes.push('Without an MP table and ACPI the guest will find only its first processor.')
  }
  if (mptable && mptable.configAddress > mptable.pointerAddress + mptable.pointer.length) {
    notes.push(`The MP configuration table does not fit below 0xa0000 and lies at ${hex(mptable.configAddress)}.`)
  }
  const beyond = plan.vcpus.filter(({ apicId }) => apicId > HIGHEST_APIC_ID_OF_LINUX).length
  if (beyond > 0) {
    notes.push(
      `Linux will leave ${plural(beyond, 'vCPU')} with an APIC id above 255 unused: interrupts reach them only with KVM_FEATURE_MSI_EXT_DEST_ID, which KVM's own I/O APIC cannot honour.`,
    )
  }
  if (!plan.devices.some(({ type }) => type === 'uart16550'))
    notes.push('The machine has no console: its output is lost.')
  return notes
}

/** One line for each part of the plan of a machine. */
export function summaryLines(summary: PlanSummary, machine: DescribedMachine): string[] {
  const { vcpus, mptable, acpi, cpuid } = summary
  return [
    `boot by ${summary.protocolReason}`,
    `${plural(vcpus.count, 'vCPU')}: ${plural(vcpus.sockets, 'socket')} × ${plural(vcpus.cores, 'core')} × ${plural(vcpus.threads, 'thread')}`,
    `memory ${formatBytes(summary.memoryBytes)}${summary.sharedMemory ? ', shared with daemons' : ''}, ${summary.e820.length} entries in the memory map`,
    mptable ? `MP table ${mptable.bytes} bytes, ${mptable.entries} entries at ${mptable.pointer}` : 'no MP table',
    acpi ? `ACPI ${acpi.tables.join(', ')}: ${acpi.bytes} bytes at ${acpi.rsdp}` : 'no ACPI',
    `CPUID ${cpuid.shared} leaves shared, ${cpuid.perVcpu} per vCPU`,
    ...summary.devices.map((device) => deviceLine(device, machine)),
  ]
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
