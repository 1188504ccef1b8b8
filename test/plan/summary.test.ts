import * as assert from 'uvu/assert'
import type { KernelImage } from '../../src/kernel/image.ts'
import type { VmSpec } from '../../src/manifest/spec.ts'
import { compile } from '../../src/plan/compile.ts'
import { summaryLines, type PlanSummary } from '../../src/plan/summary.ts'
import { suite } from '../suite.ts'
import { hostFacts } from './support/host-facts.ts'
import { bzImage, elfImage, machineSpec, MIB } from './support/images.ts'

const test = suite('plan summary')
const machine = { name: 'web', sources: {} }

function summaryOf(spec: VmSpec, kernel: KernelImage = elfImage()): PlanSummary {
  const result = compile({ spec, kernel, host: hostFacts('amd-epyc-pvm') })
  if (!result.ok) throw new Error('the plan does not compile')
  return result.summary
}

test('names size, entries and place of the MP table', () => {
  const summary = summaryOf(machineSpec(4))
  assert.equal(summary.mptable, { bytes: 284, entries: 22, pointer: '0x9fc00', config: '0x9fc10' })
  assert.ok(summaryLines(summary, machine).includes('MP table 284 bytes, 22 entries at 0x9fc00'))
})

test('says so when the MP table has moved or is missing', () => {
  const moved = summaryOf(machineSpec(42))
  assert.is(moved.mptable?.config, '0xf0000')
  assert.ok(moved.notes.some((note) => note.includes('0xf0000')))
  const missing = summaryOf(machineSpec(2, { firmware: { mptable: false, acpi: false } }))
  assert.is(missing.mptable, null)
  assert.ok(summaryLines(missing, machine).includes('no MP table'))
  assert.ok(missing.notes.some((note) => note.includes('only its first processor')))
})

test('says which protocol and why', () => {
  const reason = (kernel: KernelImage, protocol: 'auto' | 'linux64' = 'auto'): string =>
    summaryOf(machineSpec(1, { kernel: { image: 'k', cmdline: '', protocol } }), kernel).protocolReason
  assert.is(reason(elfImage()), 'linux64: an ELF without the PVH note is started by the 64-bit Linux protocol')
  assert.is(reason(elfImage({ pvhEntry: 0x100000 })), 'pvh: the ELF carries the PVH note')
  assert.is(
    reason(elfImage({ pvhEntry: 0x100000 }), 'linux64'),
    'linux64: an ELF is started by the 64-bit Linux protocol, as the manifest asks',
  )
  assert.is(reason(bzImage()), 'linux64: a bzImage is started at its 64-bit entry')
})

test('lists the memory map with last addresses and the devices with their ports', () => {
  const summary = summaryOf(machineSpec(1, { memoryBytes: 4096 * MIB }))
  assert.equal(summary.e820, [
    { start: '0x0', end: '0x9fbff', type: 'ram' },
    { start: '0x9fc00', end: '0x9ffff', type: 'reserved' },
    { start: '0xe0000', end: '0xfffff', type: 'reserved' },
    { start: '0x100000', end: '0xbfffffff', type: 'ram' },
    { start: '0x100000000', end: '0x13fffffff', type: 'ram' },
  ])
  assert.equal(summary.devices, [
    { id: 'com1', type: 'uart16550', gsi: 4, ports: ['0x3f8-0x3ff'] },
    { id: 'i8042', type: 'i8042', ports: ['0x60', '0x64'] },
  ])
  assert.is(summary.memoryBytes, 4096 * MIB)
})

test('notes more vCPUs than the host recommends, and a machine without a console', () => {
  assert.equal(summaryOf(machineSpec(2)).notes, [])
  assert.ok(summaryOf(machineSpec(3)).notes.some((note) => note.includes('at most 2 vCPUs')))
  assert.ok(
    summaryOf(machineSpec(1, { console: { device: 'none', maxSizeBytes: 1 << 24 } })).notes.some((note) =>
      note.includes('no console'),
    ),
  )
})

test.run()
