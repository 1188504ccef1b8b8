// Cache properties, CPUID leaf 0x8000001D, for hosts that do not report it: taken from the older leaves 0x80000005 and
// 0x80000006, because a guest that sees TopologyExtensions looks nowhere else. AMD APM volume 3, E.4.5, E.4.6 and E.4.15.
import type { CpuidTable } from './cpuid-table.ts'

const L1 = 0x80000005
const L2_L3 = 0x80000006
const KIB = 1024
const TYPE = { data: 1, instruction: 2, unified: 3 } as const
/** EAX bit 8: initialises itself; bit 9: fully associative. */
const SELF_INITIALISING = 0x100
const FULLY_ASSOCIATIVE = 0x200
/** Ways that the 4-bit codes of leaf 0x80000006 stand for. Code 9 refers to leaf 0x8000001D, 15 is fully associative. */
const WAYS: Readonly<Record<number, number>> = {
  1: 1,
  2: 2,
  3: 3,
  4: 4,
  5: 6,
  6: 8,
  8: 16,
  10: 32,
  11: 48,
  12: 64,
  13: 96,
  14: 128,
}

interface Cache {
  level: number
  type: number
  sizeBytes: number
  lineBytes: number
  /** Undefined when it is fully associative. */
  ways: number | undefined
}

/** Writes one subleaf a cache and an empty one behind the last; the sharing fields are left to the caller. */
export function describeAmdCaches(table: CpuidTable, leaf: number): void {
  table.remove(leaf)
  const caches = [...levelOne(table), ...levelTwoAndThree(table)]
  for (const [subleaf, { level, type, sizeBytes, lineBytes, ways }] of caches.entries()) {
    const lines = sizeBytes / lineBytes
    const sets = Math.max(1, Math.floor(lines / (ways ?? lines)))
    const eax = type | (level << 5) | SELF_INITIALISING | (ways === undefined ? FULLY_ASSOCIATIVE : 0)
    const ebx = (((ways ?? lines) - 1) << 22) | (lineBytes - 1)
    table.set({ leaf, subleaf, indexed: true, eax, ebx: ebx >>> 0, ecx: sets - 1, edx: 0 })
  }
  table.set({ leaf, subleaf: caches.length, indexed: true, eax: 0, ebx: 0, ecx: 0, edx: 0 })
}

/** Size in KiB 31:24, ways 23:16 (255 is fully associative), line size 7:0. */
function levelOne(table: CpuidTable): Cache[] {
  const { ecx = 0, edx = 0 } = table.get(L1) ?? {}
  const cache = (register: number, type: number): Cache => {
    const ways = (register >>> 16) & 0xff
    return {
      level: 1,
      type,
      sizeBytes: (register >>> 24) * KIB,
      lineBytes: register & 0xff,
      ways: ways === 255 ? undefined : ways,
    }
  }
  return [cache(ecx, TYPE.data), cache(edx, TYPE.instruction)].filter(isPresent)
}

/** L2: size in KiB 31:16. L3: size in 512 KiB 31:18. Both: ways as a code 15:12, line size 7:0. */
function levelTwoAndThree(table: CpuidTable): Cache[] {
  const { ecx = 0, edx = 0 } = table.get(L2_L3) ?? {}
  const cache = (level: number, register: number, sizeBytes: number): Cache => {
    const ways = WAYS[(register >>> 12) & 0xf]
    return { level, type: TYPE.unified, sizeBytes, lineBytes: register & 0xff, ways }
  }
  return [cache(2, ecx, (ecx >>> 16) * KIB), cache(3, edx, (edx >>> 18) * 512 * KIB)].filter(isPresent)
}

function isPresent({ sizeBytes, lineBytes, ways }: Cache): boolean {
  return sizeBytes > 0 && lineBytes > 0 && ways !== 0
}
