// CPUID leaves while they are edited: registers are unsigned 32-bit numbers.
import { hex } from '../address.ts'
import type { CpuidLeaf } from '../boot-plan.gen.ts'
import type { HostCpuidLeaf } from '../host-facts.gen.ts'

export interface Registers {
  eax: number
  ebx: number
  ecx: number
  edx: number
}

export interface CpuidEntry extends Registers {
  leaf: number
  subleaf: number
  /** Whether ECX selects a subleaf. */
  indexed: boolean
}

export class CpuidTable {
  readonly #entries = new Map<number, CpuidEntry>()

  /** As KVM_GET_SUPPORTED_CPUID returned them. */
  static fromFacts(leaves: readonly HostCpuidLeaf[]): CpuidTable {
    const table = new CpuidTable()
    for (const { leaf, subleaf, indexed, eax, ebx, ecx, edx } of leaves) {
      const registers = { eax: Number(eax), ebx: Number(ebx), ecx: Number(ecx), edx: Number(edx) }
      table.set({ leaf: Number(leaf), subleaf: Number(subleaf), indexed, ...registers })
    }
    return table
  }

  get(leaf: number, subleaf = 0): CpuidEntry | undefined {
    return this.#entries.get(key(leaf, subleaf))
  }

  /** The entry to edit; an unindexed one of zeros is made where there is none. */
  edit(leaf: number): CpuidEntry {
    const entry = this.get(leaf) ?? { leaf, subleaf: 0, indexed: false, eax: 0, ebx: 0, ecx: 0, edx: 0 }
    this.set(entry)
    return entry
  }

  set(entry: CpuidEntry): void {
    this.#entries.set(key(entry.leaf, entry.subleaf), entry)
  }

  /** All subleaves, ascending. */
  subleaves(leaf: number): CpuidEntry[] {
    return this.entries().filter((entry) => entry.leaf === leaf)
  }

  /** Removes all subleaves. */
  remove(leaf: number): void {
    for (const { subleaf } of this.subleaves(leaf)) this.#entries.delete(key(leaf, subleaf))
  }

  removeSubleaf(leaf: number, subleaf: number): void {
    this.#entries.delete(key(leaf, subleaf))
  }

  /** Ascending by leaf and subleaf. */
  entries(): CpuidEntry[] {
    return [...this.#entries.values()].sort((a, b) => a.leaf - b.leaf || a.subleaf - b.subleaf)
  }
}

/** Subleaves that KVM reports are small numbers. */
function key(leaf: number, subleaf: number): number {
  return leaf * 0x10000 + subleaf
}

/** As a plan has it. */
export function formatEntry({ leaf, subleaf, indexed, eax, ebx, ecx, edx }: CpuidEntry): CpuidLeaf {
  return { leaf: hex(leaf), subleaf: hex(subleaf), indexed, eax: hex(eax), ebx: hex(ebx), ecx: hex(ecx), edx: hex(edx) }
}

export function isBitSet(value: number, bit: number): boolean {
  return ((value >>> bit) & 1) === 1
}

export function withBit(value: number, bit: number, on: boolean): number {
  return (on ? value | (1 << bit) : value & ~(1 << bit)) >>> 0
}

/** `value` with the field that starts at bit `shift` set; what is too large for the field's `width` saturates. */
export function withField(value: number, shift: number, width: number, field: number): number {
  const largest = 2 ** width - 1
  return ((value & ~(largest << shift)) | (Math.min(field, largest) << shift)) >>> 0
}
