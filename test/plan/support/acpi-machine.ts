// Machines to make ACPI tables of: every device, and two NUMA nodes of which the second goes round the MMIO hole.
import type { AcpiInput } from '../../../src/plan/acpi/acpi-tables.ts'

const GIB = 2 ** 30

/** APIC ids as the compiler gives them: 255 to no one. `virtio`: number of virtio-mmio windows. */
export function acpiMachine(vcpus: number, numa: boolean, virtio = 2): AcpiInput {
  const apicIds = Array.from({ length: vcpus }, (_, index) => (index < 255 ? index : index + 1))
  const half = Math.ceil(vcpus / 2)
  const nodes = [
    { apicIds: apicIds.slice(0, half), memory: [{ gpa: 0, size: GIB }] },
    {
      apicIds: apicIds.slice(half),
      memory: [
        { gpa: GIB, size: 2 * GIB },
        { gpa: 4 * GIB, size: GIB },
      ],
    },
  ]
  const distances = [
    [10, 20],
    [20, 10],
  ]
  return {
    apicIds,
    devices: {
      eventGsi: 9,
      uart: { port: 0x3f8, portCount: 8, gsi: 4 },
      i8042Ports: [0x60, 0x64],
      panicPort: 0x505,
      virtioMmio: Array.from({ length: virtio }, (_, index) => ({
        address: 0xd000_0000 + index * 0x1000,
        size: 0x1000,
        gsi: 5 + index,
      })),
    },
    ...(numa ? { numa: { nodes, distances } } : {}),
  }
}
