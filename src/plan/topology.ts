// APIC ids from the topology: bit fields of thread, core and socket, as CPUID leaf 0xB takes them apart.
import type { VcpuLayout } from '../manifest/spec.ts'
import { widthOf } from './address.ts'

/** The xAPIC broadcast id, never given to a processor. */
const BROADCAST_ID = 255

export interface Processor {
  apicId: number
  socket: number
  /** Number of the core in its socket, as its APIC id has it. */
  core: number
  thread: number
}

export interface Topology {
  sockets: number
  cores: number
  threads: number
  /** Width of the thread field of an APIC id in bits. */
  threadBits: number
  /** Width of the core field of an APIC id in bits. */
  coreBits: number
  /** In the order of their APIC ids; the first is the bootstrap processor. */
  processors: Processor[]
}

/**
 * Where threads and cores are powers of two, the APIC id is the processor's index. An id that would be 255 is left out
 * with its core; the core field is made wide enough for the gap.
 */
export function layOutTopology({ sockets, cores, threads }: VcpuLayout): Topology {
  const plain = enumerate(sockets, cores, threads, widthOf(cores))
  if (plain.processors.every(({ apicId }) => apicId !== BROADCAST_ID)) return plain
  return enumerate(sockets, cores, threads, widthOf(cores + 1), true)
}

function enumerate(sockets: number, cores: number, threads: number, coreBits: number, skip = false): Topology {
  const threadBits = widthOf(threads)
  const processors: Processor[] = []
  for (let socket = 0; socket < sockets; socket++) {
    for (let core = 0, placed = 0; placed < cores; core++) {
      const first = ((socket << coreBits) | core) << threadBits
      if (skip && first <= BROADCAST_ID && BROADCAST_ID < first + threads) continue
      placed++
      for (let thread = 0; thread < threads; thread++) processors.push({ apicId: first + thread, socket, core, thread })
    }
  }
  return { sockets, cores, threads, threadBits, coreBits, processors }
}

/** The highest APIC id in use. */
export function highestApicId(topology: Topology): number {
  return topology.processors.at(-1)?.apicId ?? 0
}
