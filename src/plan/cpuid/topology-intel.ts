// Topology as Intel processors tell it: deterministic cache parameters, CPUID leaf 4. Intel SDM volume 2, CPUID.
import type { Topology } from '../topology.ts'
import { withField, type CpuidTable } from './cpuid-table.ts'

const LEAF = 0x4
/** EAX bits 4:0, zero where the list of caches ends. */
const TYPE_MASK = 0x1f
/** EAX bits 7:5. A cache of level 3 is shared by the socket, or its part in a NUMA node; one below by a core. */
const LEVEL_SHIFT = 5
const LEVEL_MASK = 0x7
const SHARED_LEVEL = 3
/** EAX bits 25:14: APIC ids that share the cache, less one. */
const SHARING = { shift: 14, width: 12 } as const
/** EAX bits 31:26: core ids in the package, less one. */
const CORES = { shift: 26, width: 6 } as const

/**
 * Counts are of ids that the APIC id's fields can hold, so powers of two; what is too large saturates. Level 3 is shared
 * by the processors whose APIC ids differ in the low `sharedCacheBits` only.
 */
export function setIntelTopology(table: CpuidTable, { threadBits, coreBits }: Topology, sharedCacheBits: number): void {
  for (const cache of table.subleaves(LEAF)) {
    if ((cache.eax & TYPE_MASK) === 0) continue
    const shared = ((cache.eax >>> LEVEL_SHIFT) & LEVEL_MASK) >= SHARED_LEVEL
    const sharingBits = shared ? sharedCacheBits : threadBits
    cache.eax = withField(cache.eax, SHARING.shift, SHARING.width, 2 ** sharingBits - 1)
    cache.eax = withField(cache.eax, CORES.shift, CORES.width, 2 ** coreBits - 1)
  }
}
