import * as assert from 'uvu/assert'
import { highestApicId, layOutTopology } from '../../src/plan/topology.ts'
import { suite } from '../suite.ts'

const test = suite('topology')

const idsOf = (sockets: number, cores: number, threads: number): number[] =>
  layOutTopology({ count: sockets * cores * threads, sockets, cores, threads }).processors.map(({ apicId }) => apicId)

test('APIC ids are indices when cores and threads are powers of two', () => {
  for (const [sockets, cores, threads] of [
    [1, 1, 1],
    [1, 4, 1],
    [2, 2, 2],
    [3, 8, 2],
    [5, 1, 1],
  ] as const) {
    assert.equal(
      idsOf(sockets, cores, threads),
      Array.from({ length: sockets * cores * threads }, (_, index) => index),
    )
  }
})

test('APIC ids leave gaps when a field is not full', () => {
  assert.equal(idsOf(2, 3, 1), [0, 1, 2, 4, 5, 6])
  assert.equal(idsOf(2, 3, 2), [0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13])
  assert.equal(idsOf(1, 2, 3), [0, 1, 2, 4, 5, 6])
})

test('no processor gets the broadcast id 255, and ids stay ascending and unique', () => {
  for (const [sockets, cores, threads] of [
    [1, 256, 1],
    [1, 1024, 1],
    [2, 128, 1],
    [1, 128, 2],
    [4, 64, 1],
    [256, 1, 1],
    [1, 512, 2],
    [1024, 1, 1],
  ] as const) {
    const ids = idsOf(sockets, cores, threads)
    assert.is(ids.length, sockets * cores * threads)
    assert.not.ok(ids.includes(255), `${sockets}×${cores}×${threads}`)
    for (const [index, id] of ids.entries()) assert.ok(index === 0 || id > (ids[index - 1] ?? 0))
  }
})

test('an APIC id comes apart into socket, core and thread by its widths, also around the gap at 255', () => {
  for (const [sockets, cores, threads] of [
    [2, 3, 2],
    [1, 1024, 1],
    [2, 128, 1],
    [2, 256, 2],
  ] as const) {
    const topology = layOutTopology({ count: sockets * cores * threads, sockets, cores, threads })
    for (const { apicId, socket, core, thread } of topology.processors) {
      assert.is(apicId & (2 ** topology.threadBits - 1), thread)
      assert.is((apicId >> topology.threadBits) & (2 ** topology.coreBits - 1), core)
      assert.is(apicId >> (topology.threadBits + topology.coreBits), socket)
    }
  }
})

test('the highest APIC id is that of the last processor', () => {
  assert.is(highestApicId(layOutTopology({ count: 12, sockets: 2, cores: 3, threads: 2 })), 13)
})

test.run()
