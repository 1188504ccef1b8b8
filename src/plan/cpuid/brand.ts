// The brand string, CPUID leaves 0x80000002 to 0x80000004: KVM leaves them zero, and a guest then has no name for its processor.
import { raiseMaximum } from './maximum-leaf.ts'
import type { CpuidTable } from './cpuid-table.ts'

const FIRST = 0x80000002
const LAST = 0x80000004
const LEAF_BYTES = 16

/** Filled from the host's own brand string where KVM's is empty. */
export function fillBrand(table: CpuidTable, brand: string): void {
  const leaves = [FIRST, FIRST + 1, LAST].map((leaf) => table.edit(leaf))
  raiseMaximum(table, LAST)
  if (leaves.some(({ eax, ebx, ecx, edx }) => (eax | ebx | ecx | edx) !== 0)) return
  const bytes = new Uint8Array(leaves.length * LEAF_BYTES)
  // The string's last byte is its NUL.
  for (let i = 0; i < Math.min(brand.length, bytes.length - 1); i++) bytes[i] = brand.charCodeAt(i) & 0x7f
  const view = new DataView(bytes.buffer)
  for (const [index, leaf] of leaves.entries()) {
    const at = index * LEAF_BYTES
    leaf.eax = view.getUint32(at, true)
    leaf.ebx = view.getUint32(at + 4, true)
    leaf.ecx = view.getUint32(at + 8, true)
    leaf.edx = view.getUint32(at + 12, true)
  }
}
