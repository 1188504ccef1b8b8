// Reads an MP table as an operating system does, from what the specification says and nothing of the builder.
// Intel MultiProcessor Specification 1.4, chapter 4.

export interface ReadTable {
  specRevision: number
  imcr: boolean
  oem: string
  product: string
  lapic: number
  processors: { apicId: number; version: number; flags: number; signature: number }[]
  buses: { id: number; type: string }[]
  ioApics: { id: number; version: number; flags: number; address: number }[]
  interrupts: { type: number; flags: number; bus: number; irq: number; ioApic: number; pin: number }[]
}

const SIZES: Readonly<Record<number, number>> = { 0: 20, 1: 8, 2: 8, 3: 8, 4: 8 }

/** Scans the KiB at 0x9FC00 of base memory, as read by `read`. Throws when a system would find nothing or give up. */
export function readMpTable(read: (address: number, length: number) => Buffer): ReadTable {
  const pointer = scan(read)
  const at = pointer.readUInt32LE(4)
  const header = read(at, 44)
  const table = read(at, header.readUInt16LE(4))
  if (table.toString('latin1', 0, 4) !== 'PCMP') throw new Error('no PCMP signature')
  if (sum(table) !== 0) throw new Error('the configuration table has a wrong checksum')
  const result: ReadTable = {
    specRevision: table.readUInt8(6),
    imcr: (pointer.readUInt8(12) & 0x80) !== 0,
    oem: table.toString('latin1', 8, 16),
    product: table.toString('latin1', 16, 28),
    lapic: table.readUInt32LE(36),
    processors: [],
    buses: [],
    ioApics: [],
    interrupts: [],
  }
  let offset = 44
  for (let entry = 0; entry < table.readUInt16LE(34); entry++) {
    const type = table.readUInt8(offset)
    const bytes = table.subarray(offset, offset + (SIZES[type] ?? Number.NaN))
    readEntry(type, bytes, result)
    offset += bytes.length
  }
  if (offset !== table.length) throw new Error(`entries end at ${offset}, the table at ${table.length}`)
  return result
}

function scan(read: (address: number, length: number) => Buffer): Buffer {
  for (let address = 0x9fc00; address < 0xa0000; address += 16) {
    const bytes = read(address, 16)
    if (bytes.toString('latin1', 0, 4) === '_MP_' && bytes.readUInt8(8) === 1 && sum(bytes) === 0) return bytes
  }
  throw new Error('no floating pointer in the last KiB of base memory')
}

function readEntry(type: number, b: Buffer, into: ReadTable): void {
  const u8 = (at: number): number => b.readUInt8(at)
  if (type === 0) into.processors.push({ apicId: u8(1), version: u8(2), flags: u8(3), signature: b.readUInt32LE(4) })
  else if (type === 1) into.buses.push({ id: u8(1), type: b.toString('latin1', 2, 8) })
  else if (type === 2) into.ioApics.push({ id: u8(1), version: u8(2), flags: u8(3), address: b.readUInt32LE(4) })
  else if (type === 3) {
    into.interrupts.push({ type: u8(1), flags: b.readUInt16LE(2), bus: u8(4), irq: u8(5), ioApic: u8(6), pin: u8(7) })
  } else throw new Error(`entry of type ${type}`)
}

function sum(bytes: Buffer): number {
  return bytes.reduce((total, byte) => total + byte, 0) & 0xff
}
