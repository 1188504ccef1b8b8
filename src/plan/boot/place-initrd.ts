// Where the initial RAM disk goes: as high in low memory as the kernel accepts, out of the way of its unpacking.
import type { KernelImage } from '../../kernel/image.ts'
import { alignDown, alignUp, formatBytes, hex } from '../address.ts'
import { MIB, MMIO_HOLE, PAGE_SIZE } from '../guest-layout.ts'
import type { Region } from '../memory-map.ts'
import type { PlanProblem } from '../plan-problem.ts'
import type { KernelPlacement } from './place-kernel.ts'

/** Highest address of an initrd that every x86_64 Linux accepts; an ELF does not say its own (boot.rst, initrd_addr_max). */
const INITRD_ADDRESS_MAX = 0x7fffffff

/** Page aligned; null after pushing V202 or V209 when it does not fit. */
export function placeInitrd(
  image: KernelImage,
  kernel: KernelPlacement,
  size: number,
  regions: readonly Region[],
  problems: PlanProblem[],
): Region | null {
  const low = regions[0]?.size ?? 0
  const limit = Math.min((image.format === 'bzimage' ? image.initrdAddressMax : INITRD_ADDRESS_MAX) + 1, MMIO_HOLE)
  const first = alignUp(kernel.end, PAGE_SIZE)
  const start = alignDown(Math.min(low, limit) - size, PAGE_SIZE)
  if (start >= first) return { start, size }
  const needed = first + alignUp(size, PAGE_SIZE)
  if (needed > limit) {
    const message = `the initrd of ${size} bytes does not fit between the kernel's end at ${hex(first)} and ${hex(limit)}`
    problems.push({ code: 'V209', message, pointer: '/kernel/initrd' })
  } else {
    const message = `memory of ${formatBytes(low)} is too small for a kernel that ends at ${hex(kernel.end)} and an initrd of ${size} bytes`
    const hint = `use at least ${formatBytes(alignUp(needed, MIB))}, and more for what the initrd unpacks to`
    problems.push({ code: 'V202', message, pointer: '/memory', hint })
  }
  return null
}
