// The header that every ACPI table but the RSDP begins with. ACPI 6.4 §5.2.6.
import { littleEndian } from './aml/integer.ts'

export const HEADER_BYTES = 36

const OEM_ID = 'VOLT'
const OEM_TABLE_ID = 'VOLTVM'
const OEM_REVISION = 1
const CREATOR_ID = 'VOLT'
const CREATOR_REVISION = 1

/** ASCII padded with spaces. */
export function ascii(text: string, length: number): number[] {
  return [...text.padEnd(length, ' ')].map((letter) => letter.charCodeAt(0))
}

/** The byte that makes all bytes sum to zero modulo 256. */
export function checksum(bytes: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < bytes.length; i++) sum += bytes[i] ?? 0
  return -sum & 0xff
}

/** A system description table: header with checksum, then the body. */
export function systemDescriptionTable(signature: string, revision: number, body: number[]): Uint8Array {
  const table = Uint8Array.from([
    ...ascii(signature, 4),
    ...littleEndian(HEADER_BYTES + body.length, 4),
    revision,
    0,
    ...ascii(OEM_ID, 6),
    ...ascii(OEM_TABLE_ID, 8),
    ...littleEndian(OEM_REVISION, 4),
    ...ascii(CREATOR_ID, 4),
    ...littleEndian(CREATOR_REVISION, 4),
    ...body,
  ])
  table[9] = checksum(table)
  return table
}

export { OEM_ID }
