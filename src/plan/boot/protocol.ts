// Which boot protocol a kernel is started by, and why.
import type { KernelImage } from '../../kernel/image.ts'
import type { PlanProblem } from '../plan-problem.ts'

/** Offset of startup_64 from the start of a bzImage's payload: boot.rst, "64-bit boot protocol". */
const BZIMAGE_ENTRY_64 = 0x200

export interface Protocol {
  name: 'linux64' | 'pvh'
  /** One sentence for people. */
  reason: string
  /** The first instruction: a guest-physical address in an ELF, an offset from the payload in a bzImage. */
  entry: { address: number } | { payloadOffset: number }
}

/** Undefined after pushing V206 when the image cannot be started by the protocol that is wanted. */
export function chooseProtocol(
  wanted: 'auto' | 'linux64' | 'pvh',
  image: KernelImage,
  problems: PlanProblem[],
): Protocol | undefined {
  const asked = wanted === 'auto' ? '' : ', as the manifest asks'
  if (wanted === 'pvh' || (wanted === 'auto' && image.format === 'elf' && image.pvhEntry !== undefined)) {
    if (image.format === 'elf' && image.pvhEntry !== undefined) {
      return { name: 'pvh', reason: `the ELF carries the PVH note${asked}`, entry: { address: image.pvhEntry } }
    }
    const message =
      image.format === 'elf'
        ? 'this ELF has no PVH note'
        : 'a bzImage hides its PVH note: PVH needs the uncompressed vmlinux'
    problems.push({ code: 'V206', message, pointer: '/kernel/protocol', hint: 'use auto or linux64' })
    return undefined
  }
  if (image.format === 'bzimage') {
    if (image.entry64) {
      return {
        name: 'linux64',
        reason: `a bzImage is started at its 64-bit entry${asked}`,
        entry: { payloadOffset: BZIMAGE_ENTRY_64 },
      }
    }
    const pointer = wanted === 'auto' ? '/kernel/image' : '/kernel/protocol'
    problems.push({
      code: 'V206',
      message: 'this bzImage has no 64-bit entry',
      pointer,
      hint: 'use a 64-bit (x86_64) kernel',
    })
    return undefined
  }
  const note = image.pvhEntry === undefined ? 'an ELF without the PVH note' : 'an ELF'
  return {
    name: 'linux64',
    reason: `${note} is started by the 64-bit Linux protocol${asked}`,
    entry: { address: image.entry },
  }
}
