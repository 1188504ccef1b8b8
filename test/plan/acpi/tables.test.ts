// Every ACPI table: checksums, placement, and a second opinion from iasl, which must compile its disassembly to the same bytes.
import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { acpiTables } from '../../../src/plan/acpi/acpi-tables.ts'
import { suite } from '../../suite.ts'
import { ACPI_GOLDEN_FILE, acpiGoldenText } from '../golden/acpi-tables.ts'
import { acpiMachine } from '../support/acpi-machine.ts'
import { askIasl, iaslMissing, withoutCreator } from './iasl.ts'

const test = suite('ACPI tables')

for (const vcpus of [1, 2, 5, 64, 254, 300]) {
  for (const numa of [false, true]) {
    const title = `${vcpus} vCPUs, ${numa ? 'two NUMA nodes' : 'no NUMA'}`
    const { tables, end } = acpiTables(acpiMachine(vcpus, numa))

    test(`bytes of every table sum to zero for ${title}`, () => {
      for (const { label, bytes } of tables) {
        assert.is(bytes.reduce((sum, byte) => sum + byte, 0) & 0xff, 0, label)
      }
    })

    test(`tables lie one behind the other in the BIOS area for ${title}`, () => {
      let previousEnd = 0xe0000
      for (const { label, address, bytes } of tables) {
        assert.ok(address >= previousEnd, `${label} overlaps its predecessor`)
        assert.is(address % 16, 0, label)
        previousEnd = address + bytes.length
      }
      assert.ok(end >= previousEnd && end <= 0x100000)
    })

    test.skipIf(iaslMissing(), `iasl accepts and reproduces every table for ${title}`, () => {
      for (const { label, bytes } of tables.filter((table) => table.label !== 'acpi.rsdp')) {
        const opinion = askIasl(bytes)
        assert.equal(opinion.complaints, [], label)
        assert.is(withoutCreator(opinion.recompiled), withoutCreator(bytes), label)
      }
    })
  }
}

test('every table has the golden bytes', () => {
  // Written anew by `npx tsx test/plan/golden/acpi-tables.ts --write`, and read with the specification beside it.
  assert.fixture(acpiGoldenText(), readFileSync(ACPI_GOLDEN_FILE, 'utf8'))
})

for (const virtio of [0, 1, 18]) {
  test.skipIf(iaslMissing(), `iasl accepts and reproduces the DSDT with ${virtio} virtio windows`, () => {
    const dsdt = acpiTables(acpiMachine(2, false, virtio)).tables.find(({ label }) => label === 'acpi.dsdt')?.bytes
    const opinion = askIasl(dsdt ?? new Uint8Array())
    assert.equal(opinion.complaints, [])
    assert.is(withoutCreator(opinion.recompiled), withoutCreator(dsdt ?? new Uint8Array()))
    assert.is([...opinion.source.matchAll(/"LNRO0005"/g)].length, virtio)
  })
}

test.skipIf(iaslMissing(), 'iasl reads a virtio window as Linux will: an edge-triggered interrupt of its own', () => {
  const dsdt = acpiTables(acpiMachine(1, false, 1)).tables.find(({ label }) => label === 'acpi.dsdt')?.bytes
  const source = askIasl(dsdt ?? new Uint8Array())
    .source.replace(/\/\/.*$/gm, '')
    .replace(/\s+/g, ' ')
  const device = /Device \(V000\).*?\}\) \}/.exec(source)?.[0] ?? ''
  for (const part of [
    'Name (_HID, "LNRO0005")',
    'Name (_UID, Zero)',
    'Name (_CCA, One)',
    'Memory32Fixed (ReadWrite, 0xD0000000, 0x00001000, )',
    'Interrupt (ResourceConsumer, Edge, ActiveHigh, Exclusive, ,, ) { 0x00000005, }',
  ]) {
    assert.ok(device.includes(part), `${part} in ${device}`)
  }
})

test('the root pointer has the golden bytes of ACPI 6.4 §5.2.5.3', () => {
  const pointer = acpiTables(acpiMachine(1, false)).tables.find(({ label }) => label === 'acpi.rsdp')
  const expected = [
    '5253442050545220', // "RSD PTR "
    '5a', // checksum of the first 20 bytes
    '564f4c542020', // OEM id
    '02', // revision
    '00000000', // no RSDT
    '24000000', // 36 bytes
    '40000e0000000000', // XSDT
    '8e', // checksum of all
    '000000',
  ].join('')
  assert.is(Buffer.from(pointer?.bytes ?? []).toString('hex'), expected)
})

test('APIC ids above 254 appear as x2APIC structures, and 255 never', () => {
  const table = acpiTables(acpiMachine(300, false)).tables.find(({ label }) => label === 'acpi.madt')
  const bytes = table?.bytes ?? new Uint8Array()
  const view = new DataView(bytes.buffer)
  const ids: number[] = []
  for (let at = 44; at < bytes.length; at += bytes[at + 1] ?? 1) {
    if (bytes[at] === 0) ids.push(bytes[at + 3] ?? -1)
    if (bytes[at] === 9) ids.push(view.getUint32(at + 4, true))
  }
  assert.equal(
    ids,
    Array.from({ length: 300 }, (_, index) => (index < 255 ? index : index + 1)),
  )
})

test.run()
