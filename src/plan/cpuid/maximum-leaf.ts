// The highest basic and extended leaf, EAX of CPUID leaves 0x0 and 0x80000000: a leaf above them is not looked at.
import type { CpuidTable } from './cpuid-table.ts'

const EXTENDED = 0x80000000

/** Makes the maximum of the range that `leaf` belongs to at least `leaf`. */
export function raiseMaximum(table: CpuidTable, leaf: number): void {
  const maximum = table.edit(leaf >= EXTENDED ? EXTENDED : 0)
  maximum.eax = Math.max(maximum.eax, leaf)
}
