// NUMA nodes: that they share out the machine's vCPUs and memory, and how far they are from each other.
import { formatIndexList, parseIndexList, suggestIndexList } from './index-list.ts'
import { MIN_NODE_MEMORY_BYTES, PAGE_BYTES } from './limits.ts'
import type { NumaNode } from './manifest.gen.ts'
import { child, type Problem } from './problem.ts'
import { formatSize, parseSize } from './size.ts'
import type { VcpuLayout } from './spec.ts'

const NUMA = '/numa'
/** ACPI 6.4 §5.2.17: within a node, and the least that Linux takes between two. */
const LOCAL_DISTANCE = 10
const DEFAULT_DISTANCE = 20

/** `layout` and `memoryBytes` are undefined where something is wrong with them already, or memory is left out. */
export function checkNuma(nodes: readonly NumaNode[], layout?: VcpuLayout, memoryBytes?: number): Problem[] {
  const lists = nodes.map(({ vcpus }) => parseIndexList(vcpus))
  const backwards = lists.flatMap((list, node) => (list === undefined ? [reversed(nodes, node)] : []))
  const sizes = nodes.flatMap(({ memory }, node) => checkNodeMemory(memory, at(node, 'memory')))
  return [
    ...backwards,
    ...(layout && backwards.length === 0 ? checkPartition(lists as number[][], layout) : []),
    ...sizes,
    ...(memoryBytes !== undefined && sizes.length === 0 ? checkSum(nodes, memoryBytes) : []),
    ...checkDistances(nodes),
  ]
}

function at(node: number, field: keyof NumaNode): string {
  return child(child(NUMA, node), field)
}

function reversed(nodes: readonly NumaNode[], node: number): Problem {
  const message = `numa[${node}].vcpus has a range that runs backwards`
  const meant = suggestIndexList(nodes[node]?.vcpus)
  return { code: 'V003', message, pointer: at(node, 'vcpus'), hint: `did you mean "${meant}"?` }
}

/** Each vCPU in one node, and the threads of a core in the same. */
function checkPartition(lists: readonly number[][], { count, threads }: VcpuLayout): Problem[] {
  const problems: Problem[] = []
  const nodeOf = new Map<number, number>()
  for (const [node, list] of lists.entries()) {
    const pointer = at(node, 'vcpus')
    const beyond = list.find((index) => index >= count)
    let twice: number | undefined
    for (const index of list) {
      if (nodeOf.has(index)) twice ??= index
      else nodeOf.set(index, node)
    }
    if (beyond !== undefined) {
      const message = `there is no vCPU ${beyond}: the machine has ${count}, numbered from 0`
      problems.push({ code: 'V211', message, pointer })
    } else if (twice !== undefined) {
      const message = `vCPU ${twice} is named twice, first in node ${nodeOf.get(twice)}`
      problems.push({ code: 'V211', message, pointer, hint: 'each vCPU is in exactly one node' })
    }
  }
  const missing = Array.from({ length: count }, (_, index) => index).filter((index) => !nodeOf.has(index))
  if (missing.length > 0 && problems.length === 0) {
    const message = `no node has vCPU ${missing[0]}`
    const hint = `without a node: ${shorten(formatIndexList(missing))}`
    problems.push({ code: 'V211', message, pointer: NUMA, at: 'key', hint })
  }
  return problems.length > 0 ? problems : checkCores(lists, nodeOf, threads)
}

function shorten(list: string): string {
  return list.length > 60 ? `${list.slice(0, 60)}…` : list
}

function checkCores(lists: readonly number[][], nodeOf: ReadonlyMap<number, number>, threads: number): Problem[] {
  return lists.flatMap((list, node) => {
    const split = list.find((index) => {
      const first = nodeOf.get(index - (index % threads)) ?? node
      return first !== node
    })
    if (split === undefined) return []
    const core = split - (split % threads)
    const message = `vCPU ${split} is a thread of the same core as vCPU ${core}, which is in node ${nodeOf.get(core)}`
    const hint = `keep the ${threads} threads of a core together: vCPUs ${core} to ${core + threads - 1}`
    return [{ code: 'V214', message, pointer: at(node, 'vcpus'), hint }]
  })
}

function checkNodeMemory(memory: string, pointer: string): Problem[] {
  const bytes = parseSize(memory)
  if (bytes < MIN_NODE_MEMORY_BYTES) {
    const hint = 'Linux takes no notice of a smaller node'
    const message = `a node's memory must be at least ${formatSize(MIN_NODE_MEMORY_BYTES)}`
    return [{ code: 'V007', message, pointer, hint }]
  }
  if (bytes % PAGE_BYTES === 0) return []
  const hint = `did you mean ${formatSize(Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES)}?`
  return [{ code: 'V003', message: `memory must be a multiple of ${formatSize(PAGE_BYTES)}`, pointer, hint }]
}

function checkSum(nodes: readonly NumaNode[], memoryBytes: number): Problem[] {
  const sum = sumOfMemory(nodes)
  if (sum === memoryBytes) return []
  const message = `the nodes have ${formatSize(sum)} together, and memory is ${formatSize(memoryBytes)}`
  return [{ code: 'V212', message, pointer: '/memory', hint: `leave memory out, or make it ${formatSize(sum)}` }]
}

/** Bytes of all nodes. */
export function sumOfMemory(nodes: readonly NumaNode[]): number {
  return nodes.reduce((sum, { memory }) => sum + parseSize(memory), 0)
}

function checkDistances(nodes: readonly NumaNode[]): Problem[] {
  return nodes.flatMap(({ distances }, node) => {
    if (distances === undefined) return []
    const pointer = at(node, 'distances')
    if (distances.length !== nodes.length) {
      const message = `numa[${node}].distances has ${distances.length} entries for ${nodes.length} nodes`
      return [{ code: 'V213', message, pointer, hint: 'give the distance to every node in order' }]
    }
    return distances.flatMap((distance, to) => {
      const local = to === node
      if (local === (distance === LOCAL_DISTANCE)) return []
      const message = local
        ? `the distance of a node to itself is ${LOCAL_DISTANCE}, not ${distance}`
        : `the distance to another node is more than ${LOCAL_DISTANCE}`
      const hint = local
        ? `node ${node} is entry ${node + 1} of its own list`
        : 'Linux refuses the whole table otherwise'
      return [{ code: 'V213', message, pointer: child(pointer, to), hint }]
    })
  })
}

/** Rows for all nodes. A node that gives none takes what the others say of the way to it. */
export function completeDistances(nodes: readonly NumaNode[]): number[][] {
  return nodes.map(({ distances }, from) => {
    const back = (to: number) => nodes[to]?.distances?.[from]
    return distances ?? nodes.map((_, to) => (to === from ? LOCAL_DISTANCE : (back(to) ?? DEFAULT_DISTANCE)))
  })
}
