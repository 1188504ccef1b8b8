// AML integers in their shortest encoding, and little-endian bytes. ACPI 6.4 §20.2.3.

/** `length` bytes of a non-negative integer, least significant first. */
export function littleEndian(value: number | bigint, length: number): number[] {
  const bytes: number[] = []
  let rest = BigInt(value)
  for (let i = 0; i < length; i++) {
    bytes.push(Number(rest & 0xffn))
    rest >>= 8n
  }
  if (rest !== 0n) throw new RangeError(`${value} does not fit ${length} bytes`)
  return bytes
}

const ZERO_OP = 0x00
const ONE_OP = 0x01
const BYTE_PREFIX = 0x0a
const WORD_PREFIX = 0x0b
const DWORD_PREFIX = 0x0c
const QWORD_PREFIX = 0x0e

/** ComputationalData for an integer, as a compiler would choose it. */
export function integer(value: number | bigint): number[] {
  const wide = BigInt(value)
  if (wide === 0n) return [ZERO_OP]
  if (wide === 1n) return [ONE_OP]
  if (wide <= 0xffn) return [BYTE_PREFIX, ...littleEndian(wide, 1)]
  if (wide <= 0xffffn) return [WORD_PREFIX, ...littleEndian(wide, 2)]
  if (wide <= 0xffff_ffffn) return [DWORD_PREFIX, ...littleEndian(wide, 4)]
  return [QWORD_PREFIX, ...littleEndian(wide, 8)]
}
