// Extended topology: CPUID leaf 0xB, and leaf 0x1F where the host has one. Intel SDM volume 2, CPUID; AMD APM volume 3, E.4.
import type { Topology } from '../topology.ts'
import type { CpuidEntry, CpuidTable } from './cpuid-table.ts'
import { raiseMaximum } from './maximum-leaf.ts'

const LEAF = 0xb
const LEAF_V2 = 0x1f
/** ECX bits 15:8. */
const LEVEL = { invalid: 0, smt: 1, core: 2 } as const
const COUNT_MAX = 0xffff

/** Leaves to insert: 0xB always, because KVM may leave out its subleaves; 0x1F when the host has it. */
export function extendedTopologyLeaves(table: CpuidTable): number[] {
  raiseMaximum(table, LEAF)
  const leaves = table.get(LEAF_V2) ? [LEAF, LEAF_V2] : [LEAF]
  for (const leaf of leaves) table.remove(leaf)
  return leaves
}

/** SMT level, core level, and the invalid level that ends the list; EDX is the x2APIC id in each. */
export function extendedTopology(leaf: number, topology: Topology, apicId: number): CpuidEntry[] {
  const { threads, cores, threadBits, coreBits } = topology
  const level = (subleaf: number, type: number, shift: number, processors: number): CpuidEntry => ({
    leaf,
    subleaf,
    indexed: true,
    eax: shift,
    ebx: Math.min(processors, COUNT_MAX),
    ecx: (type << 8) | subleaf,
    edx: apicId,
  })
  return [
    level(0, LEVEL.smt, threadBits, threads),
    level(1, LEVEL.core, threadBits + coreBits, cores * threads),
    level(2, LEVEL.invalid, 0, 0),
  ]
}
