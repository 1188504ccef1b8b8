// The processors of a plan as the guest will find them: APIC ids taken apart by CPUID leaf 0xB, nodes by SRAT and SLIT.
import type { BootPlan } from '../plan/boot-plan.gen.ts'
import { HEADER_BYTES } from '../plan/acpi/table.ts'

export interface DrawnProcessor {
  /** Index in the plan. */
  vcpu: number
  apicId: number
  socket: number
  core: number
  thread: number
  /** Undefined without NUMA. */
  node: number | undefined
}

export interface DrawnNode {
  memory: { start: number; size: number }[]
  /** To each node, itself included; empty where the plan gives none. */
  distances: number[]
}

export interface Processors {
  list: DrawnProcessor[]
  nodes: DrawnNode[]
  /** Widths in bits of the thread's and the core's field of an APIC id. */
  threadBits: number
  coreBits: number
}

const TOPOLOGY_LEAF = '0xb'
/** SRAT, behind its header: twelve reserved bytes. ACPI 6.4 §5.2.16. */
const SRAT_ENTRIES = HEADER_BYTES + 12
const SRAT_LOCAL_APIC = 0
const SRAT_MEMORY = 1
const SRAT_LOCAL_X2APIC = 2
/** SLIT: the number of localities, then the matrix. ACPI 6.4 §5.2.17. */
const SLIT_COUNT = HEADER_BYTES
const SLIT_MATRIX = HEADER_BYTES + 8

export function processorsOf(plan: BootPlan): Processors {
  const threadBits = shiftOf(plan, '0x0')
  const coreBits = Math.max(0, shiftOf(plan, '0x1') - threadBits)
  const { nodeOf, nodes } = nodesOf(plan)
  const list = plan.vcpus.map(({ apicId }, vcpu) => ({
    vcpu,
    apicId,
    socket: Math.floor(apicId / 2 ** (threadBits + coreBits)),
    core: Math.floor(apicId / 2 ** threadBits) % 2 ** coreBits,
    thread: apicId % 2 ** threadBits,
    node: nodeOf.get(apicId),
  }))
  return { list, nodes, threadBits, coreBits }
}

/** Bits below the next level. */
function shiftOf({ cpuid, vcpus }: BootPlan, subleaf: string): number {
  const leaves = [...(vcpus[0]?.cpuid ?? []), ...cpuid]
  return Number(leaves.find((entry) => entry.leaf === TOPOLOGY_LEAF && entry.subleaf === subleaf)?.eax ?? 0)
}

function nodesOf(plan: BootPlan): { nodeOf: Map<number, number>; nodes: DrawnNode[] } {
  const nodeOf = new Map<number, number>()
  const memories = new Map<number, DrawnNode['memory']>()
  const table = tableOf(plan, 'acpi.srat')
  for (let at = SRAT_ENTRIES; table !== undefined && at + 1 < table.byteLength;) {
    const kind = table.getUint8(at)
    const length = table.getUint8(at + 1)
    if (length < 2 || at + length > table.byteLength) break
    if (kind === SRAT_LOCAL_APIC) nodeOf.set(table.getUint8(at + 3), table.getUint8(at + 2))
    if (kind === SRAT_LOCAL_X2APIC) nodeOf.set(table.getUint32(at + 8, true), table.getUint32(at + 4, true))
    if (kind === SRAT_MEMORY) {
      const node = table.getUint32(at + 2, true)
      const range = { start: Number(table.getBigUint64(at + 8, true)), size: Number(table.getBigUint64(at + 16, true)) }
      memories.set(node, [...(memories.get(node) ?? []), range])
    }
    at += length
  }
  const count = Math.max(-1, ...memories.keys(), ...nodeOf.values()) + 1
  const distances = distancesOf(plan)
  const nodes = Array.from({ length: count }, (_, node) => ({
    memory: memories.get(node) ?? [],
    distances: distances[node] ?? [],
  }))
  return { nodeOf, nodes }
}

function distancesOf(plan: BootPlan): number[][] {
  const table = tableOf(plan, 'acpi.slit')
  if (table === undefined || table.byteLength < SLIT_MATRIX) return []
  const count = Number(table.getBigUint64(SLIT_COUNT, true))
  if (SLIT_MATRIX + count * count > table.byteLength) return []
  return Array.from({ length: count }, (_, from) =>
    Array.from({ length: count }, (_, to) => table.getUint8(SLIT_MATRIX + from * count + to)),
  )
}

/** Its bytes, with the zeros that the plan leaves out. */
function tableOf({ load }: BootPlan, label: string): DataView | undefined {
  const item = load.find((candidate) => candidate.label === label)
  if (item === undefined || !('data' in item.from)) return undefined
  const bytes = new Uint8Array(item.size)
  bytes.set(Buffer.from(item.from.data, 'base64').subarray(0, item.size))
  return new DataView(bytes.buffer)
}
