// Where the kernel's bytes go, and how much memory it needs there.
import type { BzImageKernel, ElfKernel, KernelImage, KernelSegment } from '../../kernel/image.ts'
import { formatBytes, alignUp, hex } from '../address.ts'
import { GIB, HIGH_MEMORY, MIB } from '../guest-layout.ts'
import type { Region } from '../memory-map.ts'
import type { PlanProblem } from '../plan-problem.ts'
import type { Protocol } from './protocol.ts'

/** What the 64-bit entry's page tables map. */
const IDENTITY_MAPPED = GIB

export interface KernelPlacement {
  /** What is copied; ascending, without overlap. */
  segments: KernelSegment[]
  /** First address behind all memory the kernel uses before it reads the memory map. */
  end: number
  /** Guest-physical address of the first instruction. */
  entry: number
}

/** Undefined after pushing V202, V206 or V208 when the kernel does not fit. */
export function placeKernel(
  image: KernelImage,
  boot: Protocol,
  regions: readonly Region[],
  problems: PlanProblem[],
): KernelPlacement | undefined {
  const placement = image.format === 'elf' ? placeElf(image, boot) : placeBzImage(image, boot)
  const problem = misplacement(placement, boot, regions)
  if (problem === undefined) return placement
  problems.push(problem)
  return undefined
}

function placeElf(image: ElfKernel, boot: Protocol): KernelPlacement {
  const segments = image.segments.filter(({ memorySize }) => memorySize > 0).sort((a, b) => a.gpa - b.gpa)
  const end = segments.reduce((highest, { gpa, memorySize }) => Math.max(highest, gpa + memorySize), 0)
  return { segments, end, entry: 'address' in boot.entry ? boot.entry.address : image.entry }
}

/**
 * A relocatable kernel unpacks itself to the aligned address where it lies, but never below pref_address: put there, it
 * needs init_size bytes and no second copy. A kernel that is not relocatable moves itself to pref_address from where old
 * loaders put it, at 1 MiB. Either way init_size bytes from pref_address must be RAM (boot.rst, pref_address, init_size).
 */
function placeBzImage(image: BzImageKernel, boot: Protocol): KernelPlacement {
  const gpa = image.relocatable ? image.prefAddress : HIGH_MEMORY
  const { payloadOffset: fileOffset, payloadSize: fileSize } = image
  const end = Math.max(gpa + fileSize, image.prefAddress + image.initSize)
  const entry = gpa + ('payloadOffset' in boot.entry ? boot.entry.payloadOffset : 0)
  return { segments: [{ gpa, fileOffset, fileSize, memorySize: fileSize }], end, entry }
}

function misplacement(kernel: KernelPlacement, boot: Protocol, regions: readonly Region[]): PlanProblem | undefined {
  const pointer = '/kernel/image'
  const unfit = (message: string): PlanProblem => ({ code: 'V208', message, pointer })
  if (kernel.segments.length === 0) return unfit('the kernel has nothing to load')
  for (const [index, { gpa, memorySize }] of kernel.segments.entries()) {
    if (gpa < HIGH_MEMORY) {
      return unfit(`the kernel wants to lie at ${hex(gpa)}; below ${hex(HIGH_MEMORY)} lie the machine's tables`)
    }
    const next = kernel.segments[index + 1]
    if (next && gpa + memorySize > next.gpa) return unfit(`two segments of the kernel overlap at ${hex(next.gpa)}`)
  }
  const low = regions[0]?.size ?? 0
  if (kernel.end > low) {
    // Growing the memory helps only up to the hole.
    if (regions.length > 1) return unfit(`the kernel reaches up to ${hex(kernel.end)}, beyond the RAM below 4 GiB`)
    const wanted = formatBytes(alignUp(kernel.end, MIB))
    const message = `memory of ${formatBytes(low)} is too small: the kernel uses addresses up to ${hex(kernel.end)}`
    return { code: 'V202', message, pointer: '/memory', hint: `use at least ${wanted}` }
  }
  const { entry } = kernel
  if (!kernel.segments.some(({ gpa, memorySize }) => gpa <= entry && entry < gpa + memorySize)) {
    return unfit(`the kernel's entry ${hex(entry)} lies outside of what is loaded`)
  }
  if (boot.name === 'linux64' && kernel.end > IDENTITY_MAPPED) {
    const message = `the 64-bit protocol maps the first GiB, and the kernel reaches up to ${hex(kernel.end)}`
    return { code: 'V206', message, pointer }
  }
  return undefined
}
