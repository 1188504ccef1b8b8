// XCR0 of a machine: all user state components that leaf 0xD still has. Intel SDM volume 1, §13.3.
import { hex } from '../address.ts'
import type { CpuidLeaf } from '../boot-plan.gen.ts'

const LEAF = 0xd

/** As a plan has it; undefined where the processor has no XSAVE. `leaves` are those that all processors share. */
export function planXcr0(leaves: readonly CpuidLeaf[]): string | undefined {
  const main = leaves.find(({ leaf, subleaf }) => Number(leaf) === LEAF && Number(subleaf) === 0)
  const xcr0 = main === undefined ? 0 : Number(main.edx) * 2 ** 32 + Number(main.eax)
  return xcr0 === 0 ? undefined : hex(xcr0)
}
