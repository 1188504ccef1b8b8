// Topologies: what is left out follows, and what cannot be is said of the right field.
import * as assert from 'uvu/assert'
import type { VcpuTopology } from '../../src/manifest/manifest.gen.ts'
import { completeTopology } from '../../src/manifest/topology.ts'
import { suite } from '../suite.ts'

const test = suite('vCPU topology')

const RIGHT: [given: number | VcpuTopology, sockets: number, cores: number, threads: number][] = [
  [1, 1, 1, 1],
  [6, 1, 6, 1],
  [{ count: 8 }, 1, 8, 1],
  [{ count: 8, cores: 4 }, 2, 4, 1],
  [{ count: 8, cores: 4, threads: 2 }, 1, 4, 2],
  [{ count: 8, sockets: 2 }, 2, 4, 1],
  [{ count: 8, threads: 2 }, 1, 4, 2],
  [{ count: 12, sockets: 3, threads: 2 }, 3, 2, 2],
  [{ count: 12, sockets: 3, cores: 2, threads: 2 }, 3, 2, 2],
]

for (const [given, sockets, cores, threads] of RIGHT) {
  test(`${JSON.stringify(given)} is ${sockets} × ${cores} × ${threads}`, () => {
    const count = typeof given === 'number' ? given : given.count
    assert.equal(completeTopology(given, 1), { ok: true, layout: { count, sockets, cores, threads } })
  })
}

const WRONG: [given: VcpuTopology, field: string][] = [
  [{ count: 6, cores: 4 }, 'cores'],
  [{ count: 2, cores: 4 }, 'cores'],
  [{ count: 5, sockets: 2 }, 'sockets'],
  [{ count: 3, threads: 2 }, 'threads'],
  [{ count: 6, cores: 2, threads: 2 }, 'cores'],
  [{ count: 16, sockets: 2, cores: 4 }, 'count'],
  [{ count: 16, sockets: 2, cores: 4, threads: 1 }, 'count'],
]

for (const [given, field] of WRONG) {
  test(`${JSON.stringify(given)} does not work out: ${field}`, () => {
    const result = completeTopology(given, 1)
    assert.is(result.ok, false)
    if (!result.ok) assert.is(result.field, field)
  })
}

test('every topology of up to 24 vCPUs either multiplies to its count or is refused', () => {
  const choices = [undefined, 1, 2, 3, 4, 5]
  for (let count = 1; count <= 24; count++) {
    for (const sockets of choices) {
      for (const cores of choices) {
        for (const threads of choices) {
          const given = { count, ...(sockets && { sockets }), ...(cores && { cores }), ...(threads && { threads }) }
          const result = completeTopology(given, 1)
          if (!result.ok) continue
          const { layout } = result
          assert.is(layout.sockets * layout.cores * layout.threads, count)
          assert.equal({ ...layout, ...given }, layout)
        }
      }
    }
  }
})

test.run()
