import * as assert from 'uvu/assert'
import { buildMpTable, type MpTable } from '../../src/plan/mp-table.ts'
import { suite } from '../suite.ts'
import { compiledPlan } from './support/guest-cpuid.ts'
import { memoryReader } from './support/guest-memory.ts'
import { hostFacts } from './support/host-facts.ts'
import { MP_TABLES } from './support/mp-table-golden.ts'
import { readMpTable, type ReadTable } from './support/mp-table-reader.ts'

const test = suite('MP table')

const firstIds = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

function read({ pointer, config, pointerAddress, configAddress }: MpTable): ReadTable {
  return readMpTable((address, length) => {
    const result = Buffer.alloc(length)
    if (address === pointerAddress) Buffer.from(pointer).copy(result)
    if (address === configAddress) Buffer.from(config).copy(result)
    return result
  })
}

for (const [count, bytes, entries] of [
  [1, 224, 19],
  [2, 244, 20],
  [4, 284, 22],
] as const) {
  test(`has ${bytes} bytes, ${entries} entries and the golden bytes for ${count} processors`, () => {
    const table = buildMpTable(firstIds(count))
    const written = Buffer.concat([table.pointer, table.config])
    assert.is(written.length, bytes)
    assert.is(table.entries, entries)
    assert.is(written.toString('hex'), MP_TABLES[count]?.replaceAll(/\s/g, ''))
  })
}

test('reads back what the specification asks for, with every count from 1 to 254', () => {
  for (let count = 1; count <= 254; count++) {
    const table = read(buildMpTable(firstIds(count)))
    assert.is(table.specRevision, 4)
    assert.is(table.imcr, true)
    assert.is(table.oem, 'NOVAFLAR')
    assert.is(table.product, 'VOLT VM     ')
    assert.is(table.lapic, 0xfee00000)
    const processors = firstIds(count).map((apicId) => ({
      apicId,
      version: 0x14,
      flags: apicId === 0 ? 3 : 1,
      signature: 0x6f1,
    }))
    assert.equal(table.processors, processors)
    assert.equal(table.buses, [{ id: 0, type: 'ISA   ' }])
    assert.equal(table.ioApics, [{ id: count, version: 0x11, flags: 1, address: 0xfec00000 }])
    const interrupts = firstIds(16).map((irq) => ({
      type: irq === 0 ? 3 : 0,
      flags: 0,
      bus: 0,
      irq,
      ioApic: count,
      pin: irq,
    }))
    assert.equal(table.interrupts, interrupts)
  }
})

test('stays below 0xa0000 or moves into the BIOS area, whatever the count and the gaps between APIC ids', () => {
  for (let count = 1; count <= 254; count++) {
    for (const ids of [
      firstIds(count),
      firstIds(count).map((index) => Math.floor((index * 253) / Math.max(count - 1, 1))),
    ]) {
      const { pointerAddress, configAddress, pointer, config } = buildMpTable(ids)
      assert.is(pointerAddress, 0x9fc00)
      const end = configAddress + config.length
      const follows = configAddress === pointerAddress + pointer.length && end <= 0xa0000
      const moved = configAddress >= 0xf0000 && end <= 0x100000
      assert.is(follows, count <= 41, `${count} processors`)
      assert.is(moved, count > 41, `${count} processors`)
    }
  }
})

test('gives the I/O APIC the id above the highest APIC id when ids have gaps', () => {
  assert.equal(
    read(buildMpTable([0, 1, 2, 4, 5, 6])).ioApics.map(({ id }) => id),
    [7],
  )
  assert.equal(
    read(buildMpTable([0, 253])).ioApics.map(({ id }) => id),
    [254],
  )
})

test('refuses to describe no processor', () => {
  assert.throws(
    () => buildMpTable([]),
    (error: unknown) => error instanceof RangeError,
  )
})

test('refuses an APIC id that leaves none for the I/O APIC', () => {
  assert.throws(
    () => buildMpTable([0, 254]),
    (error: unknown) => error instanceof RangeError,
  )
})

test('is found in guest memory and describes the topology when the plan is compiled', () => {
  for (const vcpus of [1, 4, 41, 42, 254, [1, 3, 1], [2, 3, 2]] as (number | [number, number, number])[]) {
    const plan = compiledPlan(hostFacts('amd-epyc-pvm'), vcpus)
    const table = readMpTable(memoryReader(plan))
    assert.equal(
      table.processors.map(({ apicId }) => apicId),
      plan.vcpus.map(({ apicId }) => apicId),
    )
  }
})

test('is left out when the manifest says so', () => {
  const plan = compiledPlan(hostFacts('amd-epyc-pvm'), 2, false)
  assert.throws(() => readMpTable(memoryReader(plan)), /no floating pointer/)
})

test.run()
