// NUMA: which APIC ids and which ranges of memory make up each node, as SRAT and SLIT tell it.
import type { NumaNode, VmSpec } from '../manifest/spec.ts'
import type { AffinityNode } from './acpi/srat.ts'
import type { Region } from './memory-map.ts'
import type { Topology } from './topology.ts'

export interface NumaLayout {
  /** In the order of the manifest; the index is the proximity domain. */
  nodes: AffinityNode[]
  /** distances[from][to]. */
  distances: number[][]
}

/**
 * Nodes take memory upwards in the order of the manifest, so one may lie on both sides of the hole below 4 GiB.
 * Undefined where the manifest has no nodes. `spec` must be checked: nodes share out all vCPUs and all memory.
 */
export function numaNodes(spec: VmSpec, topology: Topology, regions: readonly Region[]): NumaLayout | undefined {
  if (spec.numa === undefined) return undefined
  const free = regions.map((region) => ({ ...region }))
  const nodes = spec.numa.map(({ vcpus, memoryBytes }) => ({
    apicIds: vcpus.map((index) => apicIdOf(topology, index)),
    memory: takeMemory(free, memoryBytes),
  }))
  return { nodes, distances: spec.numa.map(({ distances }) => [...distances]) }
}

function apicIdOf({ processors }: Topology, index: number): number {
  const processor = processors[index]
  if (!processor) throw new RangeError(`a NUMA node names vCPU ${index} of ${processors.length}`)
  return processor.apicId
}

/** Removes the lowest `bytes` from `free`. */
function takeMemory(free: Region[], bytes: number): AffinityNode['memory'] {
  const taken: AffinityNode['memory'] = []
  for (let missing = bytes; missing > 0;) {
    const region = free[0]
    if (!region) throw new RangeError(`NUMA nodes have ${missing} bytes more than the machine`)
    const size = Math.min(missing, region.size)
    taken.push({ gpa: region.start, size })
    region.start += size
    region.size -= size
    missing -= size
    if (region.size === 0) free.shift()
  }
  return taken
}

/**
 * Width of the widest field at the low end of an APIC id whose groups never reach into two nodes: processors of two
 * nodes share no cache. At most that of threads and cores together.
 */
export function sharedCacheBits(topology: Topology, nodes: readonly NumaNode[] | undefined): number {
  const nodeOf = new Map(nodes?.flatMap(({ vcpus }, node) => vcpus.map((index) => [index, node] as const)))
  const staysWithin = (bits: number): boolean => {
    const nodeOfGroup = new Map<number, number | undefined>()
    return topology.processors.every(({ apicId }, index) => {
      const group = Math.floor(apicId / 2 ** bits)
      if (!nodeOfGroup.has(group)) nodeOfGroup.set(group, nodeOf.get(index))
      return nodeOfGroup.get(group) === nodeOf.get(index)
    })
  }
  let bits = topology.threadBits + topology.coreBits
  while (bits > topology.threadBits && !staysWithin(bits)) bits--
  return bits
}
