import * as assert from 'uvu/assert'
import type { Firmware } from '../../src/manifest/spec.ts'
import type { BootPlan } from '../../src/plan/boot-plan.gen.ts'
import { compile, type CompileResult } from '../../src/plan/compile.ts'
import type { KernelImage } from '../../src/kernel/image.ts'
import { suite } from '../suite.ts'
import { hostFacts } from './support/host-facts.ts'
import { elfImage, machineSpec } from './support/images.ts'

const test = suite('firmware')

function compiled(vcpus: number, firmware: { mptable: Firmware; acpi: Firmware }, kernel: KernelImage = elfImage()) {
  return compile({ spec: machineSpec(vcpus, { firmware }), kernel, host: hostFacts('amd-epyc-pvm') })
}

function planOf(result: CompileResult): BootPlan {
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.plan
}

const AUTO = { mptable: 'auto', acpi: 'auto' } as const

const labels = (plan: BootPlan): string[] => plan.load.map(({ label }) => label)

/** The bytes that the plan puts at `address`, at least `size` of them. */
function bytesAt(plan: BootPlan, label: string): Buffer {
  const item = plan.load.find((candidate) => candidate.label === label)
  if (!item || !('data' in item.from)) throw new Error(`no inline ${label}`)
  return Buffer.concat([Buffer.from(item.from.data, 'base64')], item.size)
}

test('auto gives both, and ACPI its devices and the generation id', () => {
  const plan = planOf(compiled(4, AUTO))
  for (const label of [
    'mptable.pointer',
    'mptable.config',
    'acpi.rsdp',
    'acpi.xsdt',
    'acpi.dsdt',
    'acpi.fadt',
    'acpi.madt',
  ]) {
    assert.ok(labels(plan).includes(label), label)
  }
  assert.equal(
    plan.devices.map(({ id }) => id),
    ['com1', 'i8042', 'power', 'pvpanic'],
  )
  assert.is(Number(plan.generationId) % 8, 0)
})

test('auto leaves out an MP table that cannot express the machine, and says so', () => {
  const result = compiled(300, AUTO)
  assert.not.ok(labels(planOf(result)).some((label) => label.startsWith('mptable')))
  assert.ok(result.ok && result.summary.notes.some((note) => note.startsWith('There is no MP table:')))
  assert.ok(result.ok && result.summary.notes.some((note) => note.includes('KVM_FEATURE_MSI_EXT_DEST_ID')))
})

test('an MP table that is asked for and cannot be is V203', () => {
  for (const firmware of [
    { mptable: true, acpi: 'auto' },
    { mptable: 'auto', acpi: false },
  ] as const) {
    const result = compiled(300, firmware)
    assert.equal(result.ok ? [] : result.problems.map(({ code, pointer }) => `${code} ${pointer}`), ['V203 /vcpus'])
  }
})

test('without ACPI nothing is there that only ACPI announces', () => {
  const plan = planOf(compiled(4, { mptable: true, acpi: false }))
  assert.not.ok(labels(plan).some((label) => label.startsWith('acpi')))
  assert.is(plan.generationId, undefined)
  assert.equal(
    plan.devices.map(({ id }) => id),
    ['com1', 'i8042'],
  )
})

test('tables chain from the root pointer: RSDP, XSDT, FADT, DSDT', () => {
  const plan = planOf(compiled(2, AUTO))
  const addressOf = (label: string) => Number(plan.load.find((item) => item.label === label)?.gpa)
  const xsdt = bytesAt(plan, 'acpi.xsdt')
  assert.is(Number(bytesAt(plan, 'acpi.rsdp').readBigUInt64LE(24)), addressOf('acpi.xsdt'))
  assert.is(Number(xsdt.readBigUInt64LE(36)), addressOf('acpi.fadt'))
  assert.is(Number(xsdt.readBigUInt64LE(44)), addressOf('acpi.madt'))
  assert.is(Number(bytesAt(plan, 'acpi.fadt').readBigUInt64LE(140)), addressOf('acpi.dsdt'))
})

test('each boot protocol hands the root pointer over', () => {
  const linux64 = planOf(compiled(1, AUTO))
  assert.is(Number(bytesAt(linux64, 'zero-page').readBigUInt64LE(0x70)), 0xe0000)
  const pvh = planOf(compiled(1, AUTO, elfImage({ pvhEntry: 0x100000 })))
  assert.is(Number(bytesAt(pvh, 'pvh.start-info').readBigUInt64LE(32)), 0xe0000)
  const none = planOf(compiled(1, { mptable: true, acpi: false }))
  assert.is(Number(bytesAt(none, 'zero-page').readBigUInt64LE(0x70)), 0)
})

test('a machine of 254 processors has both tables, and they do not overlap', () => {
  const plan = planOf(compiled(254, AUTO))
  const config = plan.load.find(({ label }) => label === 'mptable.config')
  assert.is(config?.gpa, '0xf0000')
  for (const { label, gpa, size } of plan.load.filter((item) => item.label.startsWith('acpi'))) {
    assert.ok(Number(gpa) + size <= 0xf0000, label)
  }
})

test.run()
