// What a JSON Schema cannot say of a boot plan: overlaps, extents, references. A plan edited by hand is met here first.
import type { BootPlan, CpuidLeaf } from './boot-plan.gen.ts'
import { checkExtents, checkUnique, type Extent, type Fault } from './check-extents.ts'
import { checkDevices } from './check-devices.ts'
import { checkLoad } from './check-load.ts'
import { PAGE_SIZE } from './guest-layout.ts'

const PAGE = BigInt(PAGE_SIZE)
const UINT32_MAX = 0xffffffffn
/** KVM_MAX_CPUID_ENTRIES. */
const CPUID_ENTRIES_MAX = 256
/** KVM_USER_MEM_SLOTS where it is smallest. */
const REGIONS_MAX = 509
/** Far more than Volt makes; bounds what checking costs. */
const LOAD_ITEMS_MAX = 4096
/** Physical addresses have 52 bits at most (Intel SDM volume 3, §4.1.4). */
const PHYSICAL_END = 1n << 52n

/** `plan` has passed the schema. Empty when it is sound. */
export function checkPlan(plan: BootPlan): Fault[] {
  const faults: Fault[] = []
  if (plan.memory.length > REGIONS_MAX)
    faults.push({ pointer: '/memory', message: `has more than ${REGIONS_MAX} regions` })
  if (plan.load.length > LOAD_ITEMS_MAX)
    faults.push({ pointer: '/load', message: `has more than ${LOAD_ITEMS_MAX} items` })
  if (faults.length > 0) return faults
  const { regions, reserved } = checkMemory(plan, faults)
  checkLoad(plan, regions, faults)
  checkGenerationId(plan, regions, faults)
  checkDevices(plan, [...regions, ...reserved], faults)
  checkProcessors(plan, faults)
  return faults
}

/** `reserved` are KVM's own pages. */
function checkMemory(plan: BootPlan, faults: Fault[]): { regions: Extent[]; reserved: Extent[] } {
  const regions = plan.memory.map(({ gpa, size }, index) => {
    const start = BigInt(gpa)
    const region = { what: `memory region ${index}`, pointer: `/memory/${index}`, start, end: start + BigInt(size) }
    if (start % PAGE !== 0n || size % PAGE_SIZE !== 0)
      faults.push({ pointer: region.pointer, message: 'is not made of whole pages' })
    if (size === 0) faults.push({ pointer: `${region.pointer}/size`, message: 'is zero' })
    if (region.end > PHYSICAL_END) faults.push({ pointer: region.pointer, message: 'lies beyond 52-bit addresses' })
    return region
  })
  for (const [index, region] of regions.entries()) {
    const previous = regions[index - 1]
    if (previous && region.start < previous.start)
      faults.push({ pointer: region.pointer, message: 'is not in ascending order' })
  }
  const reserved = pagesOfKvm(plan, faults)
  checkExtents([...regions, ...reserved], faults)
  return { regions, reserved }
}

/** The engine writes 16 bytes there at every start. */
function checkGenerationId({ generationId, load }: BootPlan, regions: readonly Extent[], faults: Fault[]): void {
  if (generationId === undefined) return
  const pointer = '/generationId'
  const start = BigInt(generationId)
  const end = start + 16n
  if (start % 8n !== 0n) faults.push({ pointer, message: 'is not a multiple of 8' })
  if (!regions.some((region) => region.start <= start && end <= region.end)) {
    faults.push({ pointer, message: 'does not lie in one memory region' })
  }
  const hit = load.find(({ gpa, size }) => BigInt(gpa) < end && start < BigInt(gpa) + BigInt(size))
  if (hit) faults.push({ pointer, message: `overlaps ${hit.label}` })
}

/** Three pages for the TSS and one for the identity map. */
function pagesOfKvm({ interrupts }: BootPlan, faults: Fault[]): Extent[] {
  const pages = [
    { what: "KVM's TSS", pointer: '/interrupts/tss', start: BigInt(interrupts.tss), pages: 3n },
    {
      what: "KVM's identity map",
      pointer: '/interrupts/identityMap',
      start: BigInt(interrupts.identityMap),
      pages: 1n,
    },
  ]
  return pages.map(({ what, pointer, start, pages }) => {
    const end = start + pages * PAGE
    if (start % PAGE !== 0n || end > UINT32_MAX + 1n) {
      faults.push({ pointer, message: 'is not the address of a page below 4 GiB' })
    }
    return { what, pointer, start, end }
  })
}

function checkProcessors({ vcpus, cpuid, msrs, boot }: BootPlan, faults: Fault[]): void {
  checkUnique(
    vcpus.map(({ apicId }, index) => ({ value: apicId, pointer: `/vcpus/${index}/apicId` })),
    faults,
  )
  const shared = checkCpuid(cpuid, '/cpuid', faults)
  for (const [index, vcpu] of vcpus.entries()) {
    const pointer = `/vcpus/${index}/cpuid`
    const own = checkCpuid(vcpu.cpuid, pointer, faults)
    // Own leaves replace shared ones: KVM is given the union.
    const total = shared.size + [...own].filter((name) => !shared.has(name)).length
    if (total > CPUID_ENTRIES_MAX)
      faults.push({ pointer, message: `makes ${total} CPUID leaves, and KVM takes ${CPUID_ENTRIES_MAX}` })
  }
  checkUnique(
    msrs.map(({ index }, at) => ({ value: index, pointer: `/msrs/${at}/index` })),
    faults,
  )
  for (const [at, { index }] of msrs.entries()) checkWidth(index, UINT32_MAX, `/msrs/${at}/index`, faults)
  for (const name of ['cs', 'data', 'tr'] as const) {
    const { selector, limit, access } = boot.segments[name]
    checkWidth(selector, 0xffffn, `/boot/segments/${name}/selector`, faults)
    checkWidth(limit, UINT32_MAX, `/boot/segments/${name}/limit`, faults)
    checkWidth(access, 0xffffn, `/boot/segments/${name}/access`, faults)
  }
  for (const name of ['gdt', 'idt'] as const)
    checkWidth(boot.segments[name].limit, 0xffffn, `/boot/segments/${name}/limit`, faults)
  checkWidth(boot.fpu.fcw, 0xffffn, '/boot/fpu/fcw', faults)
  checkWidth(boot.fpu.mxcsr, UINT32_MAX, '/boot/fpu/mxcsr', faults)
}

/** Returns the names of the leaves, `leaf:subleaf`. */
function checkCpuid(leaves: readonly CpuidLeaf[], pointer: string, faults: Fault[]): Set<string> {
  const names = new Set<string>()
  for (const [index, leaf] of leaves.entries()) {
    const at = `${pointer}/${index}`
    const name = `${leaf.leaf}:${leaf.subleaf}`
    if (names.has(name)) faults.push({ pointer: at, message: 'repeats a leaf and subleaf' })
    names.add(name)
    if (!leaf.indexed && leaf.subleaf !== '0x0')
      faults.push({ pointer: `${at}/subleaf`, message: 'is not zero, but the leaf has no subleaves' })
    for (const register of ['leaf', 'subleaf', 'eax', 'ebx', 'ecx', 'edx'] as const) {
      checkWidth(leaf[register], UINT32_MAX, `${at}/${register}`, faults)
    }
  }
  return names
}

function checkWidth(value: string, maximum: bigint, pointer: string, faults: Fault[]): void {
  // "0x" and as many digits as the maximum has: longer ones are larger, because there are no leading zeros.
  const digits = maximum.toString(16).length
  if (value.length - 2 > digits) faults.push({ pointer, message: `is above 0x${maximum.toString(16)}` })
}
