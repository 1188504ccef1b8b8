// The tables that tell a guest what its machine is made of: the MP table, ACPI, or both, as the manifest asks and the machine allows.
import type { VmSpec } from '../manifest/spec.ts'
import { acpiTables, type AcpiTables } from './acpi/acpi-tables.ts'
import { ACPI_EVENT_GSI, COM1, I8042_PORTS, PVPANIC_PORT } from './devices.ts'
import { EBDA, MP_TABLE_HIGH, RESET_VECTOR, VIRTIO_WINDOW } from './guest-layout.ts'
import { buildMpTable, MP_HIGHEST_APIC_ID, type MpTable } from './mp-table.ts'
import type { Region } from './memory-map.ts'
import { numaNodes } from './numa.ts'
import type { PlanProblem } from './plan-problem.ts'
import { highestApicId, type Topology } from './topology.ts'
import type { VirtioSlot } from './virtio/slots.ts'

export interface Firmware {
  mptable: MpTable | null
  acpi: AcpiTables | null
  /** Why a table is left out that `auto` would have given. */
  notes: string[]
}

export function layOutFirmware(
  spec: VmSpec,
  topology: Topology,
  regions: readonly Region[],
  slots: readonly VirtioSlot[],
  problems: PlanProblem[],
): Firmware {
  const notes: string[] = []
  const mptable = spec.firmware.mptable === false ? null : layOutMpTable(spec, topology, problems, notes)
  const acpi = spec.firmware.acpi === false ? null : layOutAcpi(spec, topology, regions, slots, mptable, problems)
  return { mptable, acpi, notes }
}

function layOutMpTable(spec: VmSpec, topology: Topology, problems: PlanProblem[], notes: string[]): MpTable | null {
  const highest = highestApicId(topology)
  if (highest <= MP_HIGHEST_APIC_ID) return buildMpTable(topology.processors.map(({ apicId }) => apicId))
  const count = topology.processors.length
  const message = `the MP table reaches APIC id ${MP_HIGHEST_APIC_ID} at most, and ${count} vCPUs of this topology go up to ${highest}`
  if (spec.firmware.mptable === 'auto' && spec.firmware.acpi !== false) {
    notes.push(`There is no MP table: ${message}.`)
    return null
  }
  const hint =
    count <= MP_HIGHEST_APIC_ID + 1
      ? 'cores and threads that are powers of two leave no gaps between APIC ids'
      : 'leave firmware.mptable and firmware.acpi at auto: ACPI has no such limit'
  problems.push({ code: 'V203', message, pointer: '/vcpus', hint })
  return null
}

function layOutAcpi(
  spec: VmSpec,
  topology: Topology,
  regions: readonly Region[],
  slots: readonly VirtioSlot[],
  mptable: MpTable | null,
  problems: PlanProblem[],
): AcpiTables | null {
  const numa = numaNodes(spec, topology, regions)
  const tables = acpiTables({
    apicIds: topology.processors.map(({ apicId }) => apicId),
    devices: {
      eventGsi: ACPI_EVENT_GSI,
      ...(spec.console.device !== 'none' ? { uart: { port: COM1.base, portCount: COM1.size, gsi: COM1.gsi } } : {}),
      i8042Ports: [...I8042_PORTS],
      panicPort: PVPANIC_PORT,
      virtioMmio: slots.map(({ base, gsi }) => ({ address: base, size: VIRTIO_WINDOW, gsi })),
    },
    ...(numa ? { numa } : {}),
  })
  const moved = mptable !== null && mptable.configAddress > EBDA + 0x400
  const limit = moved ? MP_TABLE_HIGH : RESET_VECTOR
  if (tables.end <= limit) return tables
  const count = topology.processors.length
  const message = `the ACPI tables of ${count} vCPUs do not fit below 0x${limit.toString(16)}`
  problems.push({ code: 'V210', message, pointer: '/vcpus', hint: 'use fewer vCPUs' })
  return null
}
