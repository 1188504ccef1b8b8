// SLIT: relative distances between NUMA nodes. ACPI 6.4 §5.2.17.
import { littleEndian } from './aml/integer.ts'
import { systemDescriptionTable } from './table.ts'

/** @param distances distances[from][to]; 10 on the diagonal. */
export function slit(distances: number[][]): Uint8Array {
  return systemDescriptionTable('SLIT', 1, [...littleEndian(distances.length, 8), ...distances.flat()])
}
