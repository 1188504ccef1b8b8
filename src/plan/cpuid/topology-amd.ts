// Topology as AMD processors tell it: CPUID leaves 0x80000001, 0x80000008, 0x8000001D and 0x8000001E. AMD APM volume 3, E.4.
import type { Processor, Topology } from '../topology.ts'
import { describeAmdCaches } from './caches-amd.ts'
import { withBit, withField, type CpuidEntry, type CpuidTable } from './cpuid-table.ts'
import { raiseMaximum } from './maximum-leaf.ts'

const FEATURES = 0x80000001
const ECX_CMP_LEGACY = 1
const ECX_TOPOLOGY_EXTENSIONS = 22

const SIZES = 0x80000008
/** ECX bits 7:0: threads in the package, less one. */
const NC = { shift: 0, width: 8 } as const
/** ECX bits 15:12: width of the part of an APIC id that numbers threads in the package. */
const APIC_ID_SIZE = { shift: 12, width: 4 } as const

const CACHES = 0x8000001d
const TYPE_MASK = 0x1f
const LEVEL_SHIFT = 5
const LEVEL_MASK = 0x7
const SHARED_LEVEL = 3
/** EAX bits 25:14: threads that share the cache, less one. */
const SHARING = { shift: 14, width: 12 } as const

export const AMD_PROCESSOR_LEAF = 0x8000001e
const ID_MASK = 0xff
const THREADS_MAX = 0xff

/**
 * Sets what all processors share, and makes room for 0x8000001E, which each has of its own. Level 3 is shared by the
 * processors whose APIC ids differ in the low `sharedCacheBits` only.
 */
export function setAmdTopology(table: CpuidTable, topology: Topology, sharedCacheBits: number): void {
  const { cores, threads, threadBits, coreBits } = topology
  raiseMaximum(table, AMD_PROCESSOR_LEAF)
  const features = table.edit(FEATURES)
  features.ecx = withBit(features.ecx, ECX_CMP_LEGACY, cores * threads > 1)
  features.ecx = withBit(features.ecx, ECX_TOPOLOGY_EXTENSIONS, true)
  const sizes = table.edit(SIZES)
  sizes.ecx = withField(sizes.ecx, NC.shift, NC.width, cores * threads - 1)
  sizes.ecx = withField(sizes.ecx, APIC_ID_SIZE.shift, APIC_ID_SIZE.width, threadBits + coreBits)
  shareCaches(table, topology, sharedCacheBits)
  table.remove(AMD_PROCESSOR_LEAF)
}

/**
 * Counts are of ids that the APIC id's fields can hold: Linux rounds an APIC id down to a multiple of the count to find
 * the processors that share a cache, which only a power of two gets right.
 * (On family 0x17 models up to 0x1f Linux takes eight APIC ids for the sharers of level 3, whatever is said here.)
 */
function shareCaches(table: CpuidTable, { threadBits }: Topology, sharedCacheBits: number): void {
  if (((table.get(CACHES)?.eax ?? 0) & TYPE_MASK) === 0) describeAmdCaches(table, CACHES)
  for (const cache of table.subleaves(CACHES)) {
    if ((cache.eax & TYPE_MASK) === 0) continue
    const shared = ((cache.eax >>> LEVEL_SHIFT) & LEVEL_MASK) >= SHARED_LEVEL
    const sharingBits = shared ? sharedCacheBits : threadBits
    cache.eax = withField(cache.eax, SHARING.shift, SHARING.width, 2 ** sharingBits - 1)
  }
}

/** Extended APIC id, core and node. One node a socket; core and node ids keep their low 8 bits. */
export function amdProcessor({ apicId, core, socket }: Processor, { threads }: Topology): CpuidEntry {
  return {
    leaf: AMD_PROCESSOR_LEAF,
    subleaf: 0,
    indexed: false,
    eax: apicId,
    ebx: (Math.min(threads - 1, THREADS_MAX) << 8) | (core & ID_MASK),
    ecx: socket & ID_MASK,
    edx: 0,
  }
}
