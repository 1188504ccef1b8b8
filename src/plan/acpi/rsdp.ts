// RSDP: what an operating system scans 0xE0000–0xFFFFF for. ACPI 6.4 §5.2.5.3.
import { littleEndian } from './aml/integer.ts'
import { ascii, checksum, OEM_ID } from './table.ts'

export const RSDP_BYTES = 36

/** The root pointer, revision 2: only the XSDT's address, no RSDT. */
export function rsdp(xsdtAddress: number): Uint8Array {
  const table = Uint8Array.from([
    ...ascii('RSD PTR ', 8),
    0,
    ...ascii(OEM_ID, 6),
    2,
    ...littleEndian(0, 4),
    ...littleEndian(RSDP_BYTES, 4),
    ...littleEndian(xsdtAddress, 8),
    0,
    ...[0, 0, 0],
  ])
  const firstTwenty = 20
  table[8] = checksum(table.subarray(0, firstTwenty))
  table[32] = checksum(table)
  return table
}
