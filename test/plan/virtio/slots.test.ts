// Windows and interrupts of virtio devices: their order, their limits, and what is nobody's.
import * as assert from 'uvu/assert'
import type { VmSpec } from '../../../src/manifest/spec.ts'
import { ACPI_EVENT_GSI, COM1 } from '../../../src/plan/devices.ts'
import { IOAPIC, MMIO_HOLE } from '../../../src/plan/guest-layout.ts'
import type { PlanProblem } from '../../../src/plan/plan-problem.ts'
import { layOutVirtio } from '../../../src/plan/virtio/slots.ts'
import { suite } from '../../suite.ts'
import { diskSpec, machineSpec } from '../support/images.ts'

const test = suite('windows and interrupts of virtio devices')

const ACPI = { mptable: 'auto', acpi: 'auto' } as const
const NO_ACPI = { mptable: true, acpi: false } as const

function layOut(disks: number, firmware: VmSpec['firmware'], rng = false, changes: Partial<VmSpec> = {}) {
  const spec = machineSpec(1, {
    firmware,
    ...changes,
    disks: Array.from({ length: disks }, (_, index) => diskSpec(`d${index}`)),
  })
  const problems: PlanProblem[] = []
  return { slots: layOutVirtio(spec, rng ? {} : undefined, problems), problems }
}

test('windows are pages from 0xd0000000 upwards, in the order of the devices', () => {
  const { slots, problems } = layOut(2, ACPI, true)
  assert.equal(slots, [
    { base: 0xd0000000, gsi: 5 },
    { base: 0xd0001000, gsi: 6 },
    { base: 0xd0002000, gsi: 7 },
  ])
  assert.equal(problems, [])
  assert.equal(layOut(0, ACPI).slots, [])
})

test('with ACPI there are 18 interrupts: no other device has one of them', () => {
  const { slots } = layOut(18, ACPI)
  const gsis = slots.map(({ gsi }) => gsi)
  assert.equal(gsis, [5, 6, 7, 10, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 8, 13])
  assert.is(new Set([...gsis, ACPI_EVENT_GSI, COM1.gsi]).size, 20)
  assert.ok(slots.every(({ base }) => base >= MMIO_HOLE && base + 0x1000 <= IOAPIC))
})

test('without ACPI there are the 9 lines of the MP table that nobody uses', () => {
  assert.equal(layOut(9, NO_ACPI).slots.map(({ gsi }) => gsi), [5, 6, 7, 10, 11, 12, 14, 15, 9]) // prettier-ignore
})

test('V220 stands at each device that has no interrupt left', () => {
  const at = ({ problems }: { problems: PlanProblem[] }) => problems.map(({ code, pointer }) => `${code} ${pointer}`)
  assert.equal(at(layOut(18, ACPI, true)), ['V220 /rng'])
  assert.equal(at(layOut(19, ACPI, true)), ['V220 /disks/18', 'V220 /rng'])
  assert.equal(at(layOut(10, NO_ACPI)), ['V220 /disks/9'])
  assert.equal(at(layOut(9, NO_ACPI, false, { vsock: { cid: 7 } })), ['V220 /vsock'])
  const balloon = { targetBytes: 2 ** 21, freePageReporting: true, deflateOnOom: true, statsIntervalMs: 1000 }
  const spec = machineSpec(1, { firmware: ACPI, balloon, disks: Array.from({ length: 18 }, () => diskSpec('d')) })
  const problems: PlanProblem[] = []
  assert.is(layOutVirtio(spec, undefined, problems).length, 18)
  assert.equal(at({ problems }), ['V220 /balloon'])
  const share = { tag: 'src', directory: '.', readOnly: false, cache: 'auto' as const }
  const shared = machineSpec(1, { firmware: NO_ACPI, balloon, shares: Array.from({ length: 9 }, () => share) })
  assert.is(layOutVirtio(shared, undefined, problems).length, 9)
  assert.equal(at({ problems }), ['V220 /balloon', 'V220 /shares/8'])
  assert.equal(at(layOut(9, NO_ACPI, false, { console: { device: 'virtio', maxSizeBytes: 1 << 24 } })), [
    'V220 /console',
  ])
  const [problem] = layOut(10, NO_ACPI).problems
  assert.match(
    problem?.message ?? '',
    "the disk 'd9': a machine without ACPI has 9 for virtio devices, and this one has 10",
  )
})

test.run()
