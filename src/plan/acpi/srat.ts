// SRAT: which processors and which memory belong to which NUMA node. ACPI 6.4 §5.2.16.
import { littleEndian } from './aml/integer.ts'
import { systemDescriptionTable } from './table.ts'

const ENABLED = 1
const STRUCTURE = { localApic: 0, memory: 1, localX2apic: 2 } as const

export interface AffinityNode {
  apicIds: number[]
  /** Guest-physical ranges in bytes. */
  memory: { gpa: number; size: number }[]
}

function processorAffinity(domain: number, apicId: number): number[] {
  if (apicId < 255) {
    const high = littleEndian(domain >>> 8, 3)
    return [
      STRUCTURE.localApic,
      16,
      domain & 0xff,
      apicId,
      ...littleEndian(ENABLED, 4),
      0,
      ...high,
      ...littleEndian(0, 4),
    ]
  }
  const ids = [...littleEndian(domain, 4), ...littleEndian(apicId, 4)]
  return [STRUCTURE.localX2apic, 24, 0, 0, ...ids, ...littleEndian(ENABLED, 4), ...littleEndian(0, 8)]
}

function memoryAffinity(domain: number, gpa: number, size: number): number[] {
  const range = [...littleEndian(gpa, 8), ...littleEndian(size, 8)]
  return [
    STRUCTURE.memory,
    40,
    ...littleEndian(domain, 4),
    0,
    0,
    ...range,
    ...littleEndian(0, 4),
    ...littleEndian(ENABLED, 4),
    ...littleEndian(0, 8),
  ]
}

/** The node's index is its proximity domain. */
export function srat(nodes: AffinityNode[]): Uint8Array {
  return systemDescriptionTable('SRAT', 3, [
    // Reserved, to be one for backward compatibility; then eight reserved bytes.
    ...littleEndian(1, 4),
    ...littleEndian(0, 8),
    ...nodes.flatMap((node, domain) => node.apicIds.flatMap((apicId) => processorAffinity(domain, apicId))),
    ...nodes.flatMap((node, domain) => node.memory.flatMap(({ gpa, size }) => memoryAffinity(domain, gpa, size))),
  ])
}
