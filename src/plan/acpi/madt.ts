// MADT: processors and interrupt controllers. ACPI 6.4 §5.2.12.
import { littleEndian } from './aml/integer.ts'
import { systemDescriptionTable } from './table.ts'

const LAPIC_ADDRESS = 0xfee0_0000
const IOAPIC_ADDRESS = 0xfec0_0000
/** Highest id that a Processor Local APIC structure can name; 255 is the broadcast id. */
const HIGHEST_XAPIC_ID = 254
/** The IOAPIC takes the id behind the processors', in eight bits. */
const HIGHEST_APIC_ID_WITH_IOAPIC_BEHIND = 253
const ENABLED = 1
const ALL_PROCESSORS = 0xff
const ALL_X2APIC_PROCESSORS = 0xffff_ffff

const STRUCTURE = { localApic: 0, ioApic: 1, localApicNmi: 4, localX2apic: 9, localX2apicNmi: 10 } as const

function processor(uid: number, apicId: number): number[] {
  if (apicId <= HIGHEST_XAPIC_ID) return [STRUCTURE.localApic, 8, uid, apicId, ...littleEndian(ENABLED, 4)]
  return [
    STRUCTURE.localX2apic,
    16,
    0,
    0,
    ...littleEndian(apicId, 4),
    ...littleEndian(ENABLED, 4),
    ...littleEndian(uid, 4),
  ]
}

/** Id that the tables give to the IOAPIC. */
export function ioApicId(highestApicId: number): number {
  return highestApicId <= HIGHEST_APIC_ID_WITH_IOAPIC_BEHIND ? highestApicId + 1 : 0
}

/** @param apicIds APIC id of each vCPU; its index is the processor's _UID. */
export function madt(apicIds: number[]): Uint8Array {
  const highest = Math.max(...apicIds)
  const lint1 = 1
  // No 8259 for the guest: PCAT_COMPAT is clear. GSI n is pin n, so there are no interrupt source overrides.
  const flags = 0
  const ioApic = [STRUCTURE.ioApic, 12, ioApicId(highest), 0, ...littleEndian(IOAPIC_ADDRESS, 4), ...littleEndian(0, 4)]
  const nmi = [STRUCTURE.localApicNmi, 6, ALL_PROCESSORS, 0, 0, lint1]
  const x2apicNmi = [STRUCTURE.localX2apicNmi, 12, 0, 0, ...littleEndian(ALL_X2APIC_PROCESSORS, 4), lint1, 0, 0, 0]
  return systemDescriptionTable('APIC', 5, [
    ...littleEndian(LAPIC_ADDRESS, 4),
    ...littleEndian(flags, 4),
    ...apicIds.flatMap((apicId, index) => processor(index, apicId)),
    ...ioApic,
    ...nmi,
    ...(highest > HIGHEST_XAPIC_ID ? x2apicNmi : []),
  ])
}
