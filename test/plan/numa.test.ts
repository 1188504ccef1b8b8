import * as assert from 'uvu/assert'
import type { NumaNode, VmSpec } from '../../src/manifest/spec.ts'
import { memoryRegions } from '../../src/plan/memory-map.ts'
import { numaNodes, sharedCacheBits } from '../../src/plan/numa.ts'
import { layOutTopology } from '../../src/plan/topology.ts'
import { loadText, manifestWith } from '../manifest/support.ts'
import { suite } from '../suite.ts'
import { planWith } from './support/cpu-model.ts'
import { answer } from './support/guest-cpuid.ts'
import { hostFacts } from './support/host-facts.ts'
import { machineSpec, MIB } from './support/images.ts'

const test = suite('NUMA')
const GIB = 1024 * MIB

type Shape = [sockets: number, cores: number, threads: number]

function nodesOf(spec: VmSpec) {
  return numaNodes(spec, layOutTopology(spec.vcpus), memoryRegions(spec.memoryBytes))
}

async function specOf(text: string): Promise<VmSpec> {
  const { documents, diagnostics } = await loadText(manifestWith(text))
  assert.equal(diagnostics, [])
  return documents[0]?.spec ?? machineSpec(1)
}

test('a machine without nodes has none', () => {
  assert.is(nodesOf(machineSpec(4)), undefined)
})

test('nodes have the APIC ids of their vCPUs and memory in the order of the manifest', async () => {
  const spec = await specOf(`vcpus: { count: 12, sockets: 2, threads: 2 }
numa:
  - { vcpus: "0-5", memory: 64MiB }
  - { vcpus: "6-11", memory: 32MiB, distances: [21, 10] }
`)
  assert.equal(nodesOf(spec), {
    nodes: [
      { apicIds: [0, 1, 2, 3, 4, 5], memory: [{ gpa: 0, size: 64 * MIB }] },
      { apicIds: [8, 9, 10, 11, 12, 13], memory: [{ gpa: 64 * MIB, size: 32 * MIB }] },
    ],
    // The first node says nothing: it takes the second's word for the way between them.
    distances: [
      [10, 21],
      [21, 10],
    ],
  })
})

test('a node on both sides of the hole below 4 GiB has two ranges', async () => {
  const spec = await specOf(`vcpus: 3
numa:
  - { vcpus: "0", memory: 2GiB }
  - { vcpus: "2", memory: 2GiB }
  - { vcpus: "1", memory: 1GiB }
`)
  assert.is(spec.memoryBytes, 5 * GIB)
  assert.equal(nodesOf(spec)?.nodes, [
    { apicIds: [0], memory: [{ gpa: 0, size: 2 * GIB }] },
    {
      apicIds: [2],
      memory: [
        { gpa: 2 * GIB, size: GIB },
        { gpa: 4 * GIB, size: GIB },
      ],
    },
    { apicIds: [1], memory: [{ gpa: 5 * GIB, size: GIB }] },
  ])
  assert.equal(nodesOf(spec)?.distances, [
    [10, 20, 20],
    [20, 10, 20],
    [20, 20, 10],
  ])
})

test('a node that ends at the hole has one range, and the next begins at 4 GiB', async () => {
  const spec = await specOf('vcpus: 2\nnuma: [{ vcpus: "0", memory: 3GiB }, { vcpus: "1", memory: 1GiB }]\n')
  const memory = nodesOf(spec)?.nodes.map((node) => node.memory)
  assert.equal(memory, [[{ gpa: 0, size: 3 * GIB }], [{ gpa: 4 * GIB, size: GIB }]])
})

test('nodes cover the memory of the machine exactly, whatever their sizes', () => {
  for (const sizes of [[1], [3, 1], [1, 1, 1, 1], [5, 7, 2]]) {
    const numa = sizes.map((size, index): NumaNode => ({ vcpus: [index], memoryBytes: size * GIB, distances: [] }))
    const spec = machineSpec(sizes.length, { numa, memoryBytes: sizes.reduce((sum, size) => sum + size, 0) * GIB })
    const ranges = (nodesOf(spec)?.nodes ?? []).flatMap(({ memory }) => memory).sort((a, b) => a.gpa - b.gpa)
    const merged: { gpa: number; size: number }[] = []
    for (const range of ranges) {
      const last = merged.at(-1)
      if (last && last.gpa + last.size === range.gpa) last.size += range.size
      else merged.push({ ...range })
    }
    const regions = memoryRegions(spec.memoryBytes).map(({ start, size }) => ({ gpa: start, size }))
    assert.equal(merged, regions)
  }
})

const split = (...lists: number[][]): NumaNode[] =>
  lists.map((vcpus) => ({ vcpus, memoryBytes: 64 * MIB, distances: lists.map(() => 20) }))
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index)

test('a shared cache never reaches into two nodes', () => {
  const bits = ([sockets, cores, threads]: Shape, nodes?: NumaNode[]): number =>
    sharedCacheBits(layOutTopology({ count: sockets * cores * threads, sockets, cores, threads }), nodes)
  assert.is(bits([1, 8, 1]), 3)
  assert.is(bits([1, 8, 1], split(range(0, 7))), 3)
  assert.is(bits([1, 8, 1], split(range(0, 3), range(4, 7))), 2)
  assert.is(bits([1, 8, 1], split([0, 2, 4, 6], [1, 3, 5, 7])), 0)
  assert.is(bits([1, 4, 2], split([0, 1, 4, 5], [2, 3, 6, 7])), 1)
  assert.is(bits([2, 4, 1], split(range(0, 3), range(4, 7))), 2, 'a node a socket')
  assert.is(bits([1, 3, 1], split([0, 1], [2])), 1, 'the gap belongs to nobody')
})

for (const [name, leaf] of [
  ['intel-sapphire-rapids', 0x4],
  ['amd-epyc-milan', 0x8000001d],
] as const) {
  test(`level 3 is shared within a node, the levels below by a core, on ${name}`, () => {
    const plan = planWith(
      hostFacts(name),
      { numa: split(range(0, 7), range(8, 15)), memoryBytes: 128 * MIB },
      [1, 8, 2],
    )
    const sharers = [0, 1, 2, 3].map((subleaf) => ((answer(plan, 0, leaf, subleaf)?.eax ?? 0) >>> 14) & 0xfff)
    assert.equal(sharers, [1, 1, 1, 7])
  })
}

test.run()
