// The MP table by which a guest without ACPI finds its processors. Intel MultiProcessor Specification 1.4, chapter 4.
import { BASE_MEMORY_END, EBDA, IOAPIC, LAPIC, MP_TABLE_HIGH } from './guest-layout.ts'

/** The I/O APIC takes the id above, and 255 is the broadcast id. */
export const MP_HIGHEST_APIC_ID = 253

const POINTER_SIZE = 16
const HEADER_SIZE = 44
const PROCESSOR_SIZE = 20
/** Bus, I/O APIC and interrupt entries. */
const ENTRY_SIZE = 8
const ISA_INTERRUPTS = 16
const SPEC_REVISION_1_4 = 4
const BUS_ISA = 0

const OEM_ID = 'NOVAFLAR'
const PRODUCT_ID = 'VOLT VM     '

/** Entry types, table 4-3. */
const ENTRY = { processor: 0, bus: 1, ioApic: 2, ioInterrupt: 3 } as const
/** CPU flags, table 4-4. */
const CPU_ENABLED = 0x01
const CPU_BOOTSTRAP = 0x02
/** Family 6, model 15, stepping 1. */
const CPU_SIGNATURE = 0x6f1
/** APIC, and FPU, as table 4-6 gives the feature flags: CPUID leaf 1 EDX bits 9 and 0. */
const CPU_FEATURES = 0x201
const LAPIC_VERSION = 0x14
const IOAPIC_VERSION = 0x11
const IOAPIC_ENABLED = 0x01
/** Interrupt types, table 4-10. */
const INTERRUPT = { int: 0, extInt: 3 } as const
/** Feature byte 2, bit 7: the IMCR is present (table 4-1). */
const IMCR_PRESENT = 0x80

export interface MpTable {
  /** Guest-physical address of the floating pointer. */
  pointerAddress: number
  /** Guest-physical address of the configuration table. */
  configAddress: number
  pointer: Uint8Array
  config: Uint8Array
  /** Entries of the configuration table. */
  entries: number
}

/**
 * The table for processors with these APIC ids, the first of which is the bootstrap processor. The configuration table
 * follows the pointer while both fit below 0xA0000, and lies at 0xF0000 otherwise.
 * @throws RangeError without a processor, or when an APIC id is above 253
 */
export function buildMpTable(apicIds: readonly number[]): MpTable {
  const highest = Math.max(...apicIds)
  if (apicIds.length === 0) throw new RangeError('an MP table needs a processor')
  if (highest > MP_HIGHEST_APIC_ID) throw new RangeError(`APIC id ${highest} is above ${MP_HIGHEST_APIC_ID}`)
  const configSize = HEADER_SIZE + PROCESSOR_SIZE * apicIds.length + ENTRY_SIZE * (2 + ISA_INTERRUPTS)
  const behindPointer = EBDA + POINTER_SIZE
  const configAddress = behindPointer + configSize <= BASE_MEMORY_END ? behindPointer : MP_TABLE_HIGH
  const entries = apicIds.length + 2 + ISA_INTERRUPTS
  return {
    pointerAddress: EBDA,
    configAddress,
    pointer: floatingPointer(configAddress),
    config: configurationTable(apicIds, highest + 1, configSize, entries),
    entries,
  }
}

/** MPS 1.4 §4.1. */
function floatingPointer(configAddress: number): Uint8Array {
  const bytes = new Uint8Array(POINTER_SIZE)
  const view = new DataView(bytes.buffer)
  writeText(bytes, 0, '_MP_')
  view.setUint32(4, configAddress, true)
  bytes[8] = POINTER_SIZE / 16
  bytes[9] = SPEC_REVISION_1_4
  bytes[12] = IMCR_PRESENT
  bytes[10] = checksum(bytes)
  return bytes
}

/** MPS 1.4 §4.2 and §4.3. */
function configurationTable(apicIds: readonly number[], ioApicId: number, size: number, entries: number): Uint8Array {
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  writeText(bytes, 0, 'PCMP')
  view.setUint16(4, size, true)
  bytes[6] = SPEC_REVISION_1_4
  writeText(bytes, 8, OEM_ID)
  writeText(bytes, 16, PRODUCT_ID)
  view.setUint16(34, entries, true)
  view.setUint32(36, LAPIC, true)
  let at = HEADER_SIZE
  for (const [index, apicId] of apicIds.entries()) {
    bytes[at] = ENTRY.processor
    bytes[at + 1] = apicId
    bytes[at + 2] = LAPIC_VERSION
    bytes[at + 3] = index === 0 ? CPU_ENABLED | CPU_BOOTSTRAP : CPU_ENABLED
    view.setUint32(at + 4, CPU_SIGNATURE, true)
    view.setUint32(at + 8, CPU_FEATURES, true)
    at += PROCESSOR_SIZE
  }
  bytes[at] = ENTRY.bus
  bytes[at + 1] = BUS_ISA
  writeText(bytes, at + 2, 'ISA   ')
  at += ENTRY_SIZE
  bytes.set([ENTRY.ioApic, ioApicId, IOAPIC_VERSION, IOAPIC_ENABLED], at)
  view.setUint32(at + 4, IOAPIC, true)
  at += ENTRY_SIZE
  for (let irq = 0; irq < ISA_INTERRUPTS; irq++) {
    // IRQ 0 is the 8259's output: the PIC supplies the vector. Flags 0: polarity and trigger as the bus has them.
    const type = irq === 0 ? INTERRUPT.extInt : INTERRUPT.int
    bytes.set([ENTRY.ioInterrupt, type, 0, 0, BUS_ISA, irq, ioApicId, irq], at)
    at += ENTRY_SIZE
  }
  bytes[7] = checksum(bytes)
  return bytes
}

/** What makes the sum of all bytes a multiple of 256; `bytes` has zero in its place. */
function checksum(bytes: Uint8Array): number {
  let sum = 0
  for (const byte of bytes) sum += byte
  return -sum & 0xff
}

function writeText(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i)
}
