// Where guest RAM lies, and what the guest is told about it (e820).
import { BIOS_AREA, BIOS_AREA_END, EBDA, BASE_MEMORY_END, MMIO_HOLE, MMIO_HOLE_END } from './guest-layout.ts'

/** A range of RAM, in bytes: one KVM memory slot. */
export interface Region {
  start: number
  size: number
}

/** Address range types of ACPI 6.4 §15.4. */
export const E820_RAM = 1
export const E820_RESERVED = 2

export interface E820Entry {
  start: number
  size: number
  type: typeof E820_RAM | typeof E820_RESERVED
}

/** RAM from 0 upwards, interrupted by the hole below 4 GiB. The BIOS area is RAM too: tables lie there. */
export function memoryRegions(memoryBytes: number): Region[] {
  const low = { start: 0, size: Math.min(memoryBytes, MMIO_HOLE) }
  if (memoryBytes <= MMIO_HOLE) return [low]
  return [low, { start: MMIO_HOLE_END, size: memoryBytes - MMIO_HOLE }]
}

/** The map for RAM of more than 1 MiB. 0xA0000–0xDFFFF, the VGA window and option ROMs, is left out. */
export function e820Map(regions: readonly Region[]): E820Entry[] {
  const map: E820Entry[] = [
    { start: 0, size: EBDA, type: E820_RAM },
    { start: EBDA, size: BASE_MEMORY_END - EBDA, type: E820_RESERVED },
    { start: BIOS_AREA, size: BIOS_AREA_END - BIOS_AREA, type: E820_RESERVED },
  ]
  for (const { start, size } of regions) {
    const from = Math.max(start, BIOS_AREA_END)
    if (from < start + size) map.push({ start: from, size: start + size - from, type: E820_RAM })
  }
  return map
}
