// The devices that every machine has, where they answer, and how they interrupt; those of virtio are in virtio/.
import type { VmSpec } from '../manifest/spec.ts'
import { POWER_PORT, POWER_PORT_COUNT } from './acpi/power-ports.ts'
import { hex } from './address.ts'
import type { PortDevice } from './boot-plan.gen.ts'

export const COM1 = { base: 0x3f8, size: 8, gsi: 4 } as const
/** Data and command port; port 0x61 between them belongs to KVM's PIT. */
export const I8042_PORTS = [0x60, 0x64] as const
/** The generic event device's interrupt: 9, as on a PC. */
export const ACPI_EVENT_GSI = 9
/** Where Linux's pvpanic driver and other monitors have it. */
export const PVPANIC_PORT = 0x505

/** `acpi`: whether the guest can find what only ACPI announces. */
export function placeDevices(console: VmSpec['console'], acpi: boolean): PortDevice[] {
  // The keyboard controller is there for its reset line.
  const i8042: PortDevice = {
    id: 'i8042',
    type: 'i8042',
    ports: I8042_PORTS.map((port) => ({ base: hex(port), size: 1 })),
  }
  const com1: PortDevice = {
    id: 'com1',
    type: 'uart16550',
    ports: [{ base: hex(COM1.base), size: COM1.size }],
    gsi: COM1.gsi,
  }
  const power: PortDevice = {
    id: 'power',
    type: 'power',
    ports: [{ base: hex(POWER_PORT), size: POWER_PORT_COUNT }],
    gsi: ACPI_EVENT_GSI,
  }
  const pvpanic: PortDevice = { id: 'pvpanic', type: 'pvpanic', ports: [{ base: hex(PVPANIC_PORT), size: 1 }] }
  return [...(console.device !== 'none' ? [com1] : []), i8042, ...(acpi ? [power, pvpanic] : [])]
}
