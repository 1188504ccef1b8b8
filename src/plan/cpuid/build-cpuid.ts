// The CPUID leaves of a machine: those all processors share, and what each has of its own.
import type { CpuModel, NumaNode } from '../../manifest/spec.ts'
import type { CpuidLeaf } from '../boot-plan.gen.ts'
import { applyFeatures, removeDescriptions } from '../cpu-model/apply-features.ts'
import { resolveFeatures, wantsNestedVirtualisation } from '../cpu-model/resolve-features.ts'
import type { HostFacts } from '../host-facts.gen.ts'
import { sharedCacheBits } from '../numa.ts'
import type { Processor, Topology } from '../topology.ts'
import { fillBrand } from './brand.ts'
import { formatEntry, withField, type CpuidEntry } from './cpuid-table.ts'
import { extendedTopology, extendedTopologyLeaves } from './extended-topology.ts'
import { offeredCpuid } from './offered-cpuid.ts'
import { amdProcessor, setAmdTopology } from './topology-amd.ts'
import { setIntelTopology } from './topology-intel.ts'
import { agreeWithFeatures } from './xsave.ts'

/** Vendors whose processors tell their topology by AMD's leaves. */
const AMD_VENDORS = ['AuthenticAMD', 'HygonGenuine']

const LEAF_1 = 0x1
/** Leaf 1 EBX bits 31:24: initial APIC id; 23:16: logical processors in the package. */
const APIC_ID = { shift: 24, width: 8 } as const
const LOGICAL_PROCESSORS = { shift: 16, width: 8 } as const

export interface MachineCpuid {
  shared: CpuidLeaf[]
  /** In the order of the topology's processors. */
  perVcpu: CpuidLeaf[][]
}

export interface ProcessorChoice {
  cpu: CpuModel
  numa?: readonly NumaNode[] | undefined
  /** KVM offers the LAPIC timer's TSC-deadline mode. */
  tscDeadline: boolean
}

/** What `cpu` asks for must be there: checkOffered. */
export function buildCpuid(facts: HostFacts, topology: Topology, choice: ProcessorChoice): MachineCpuid {
  const rules = resolveFeatures(choice.cpu)
  const { tscDeadline } = choice
  const vcpus = topology.processors.length
  const table = offeredCpuid(facts, { vcpus, tscDeadline, nested: wantsNestedVirtualisation(rules) })
  const amd = AMD_VENDORS.includes(facts.cpu.vendor)
  fillBrand(table, facts.cpu.brand)
  const extended = extendedTopologyLeaves(table)
  const cacheBits = sharedCacheBits(topology, choice.numa)
  if (amd) setAmdTopology(table, topology, cacheBits)
  else setIntelTopology(table, topology, cacheBits)
  applyFeatures(table, rules)
  agreeWithFeatures(table)
  removeDescriptions(table)
  const leaf1 = table.edit(LEAF_1)
  table.remove(LEAF_1)
  const own = (processor: Processor): CpuidEntry[] => [
    ownLeaf1(leaf1, processor, topology, amd),
    ...extended.flatMap((leaf) => extendedTopology(leaf, topology, processor.apicId)),
    ...(amd ? [amdProcessor(processor, topology)] : []),
  ]
  return {
    shared: table.entries().map(formatEntry),
    perVcpu: topology.processors.map((processor) => own(processor).map(formatEntry)),
  }
}

/** EBX keeps the CLFLUSH line size. Intel counts the APIC ids a package can hold, AMD the processors it has. */
function ownLeaf1(leaf1: CpuidEntry, { apicId }: Processor, topology: Topology, amd: boolean): CpuidEntry {
  const { cores, threads, coreBits, threadBits } = topology
  const logical = amd ? cores * threads : 2 ** (coreBits + threadBits)
  const counted = withField(leaf1.ebx, LOGICAL_PROCESSORS.shift, LOGICAL_PROCESSORS.width, logical)
  // The 8-bit id is the low part of a longer one: the x2APIC id of leaf 0xB tells processors apart.
  return { ...leaf1, ebx: withField(counted, APIC_ID.shift, APIC_ID.width, apicId & 0xff) }
}
