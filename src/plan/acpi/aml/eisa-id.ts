// EisaId ("PNP0C0C"): seven characters packed in a DWORD. ACPI 6.4 §19.3.4.
import { littleEndian } from './integer.ts'
import type { Aml } from './objects.ts'

const DWORD_PREFIX = 0x0c

/** The id as an AML integer; always a DWORD, as a compiler writes it. */
export function eisaId(id: string): Aml {
  const match = /^([A-Z])([A-Z])([A-Z])([0-9A-F]{4})$/.exec(id)
  if (!match) throw new RangeError(`${id} is not an EISA id`)
  const letters = [match[1], match[2], match[3]].map((letter) => (letter ?? '').charCodeAt(0) - 0x40)
  const vendor = ((letters[0] ?? 0) << 10) | ((letters[1] ?? 0) << 5) | (letters[2] ?? 0)
  const product = Number.parseInt(match[4] ?? '', 16)
  // The vendor and the product are each stored with their high byte first.
  const bytes = [vendor >> 8, vendor & 0xff, product >> 8, product & 0xff]
  return [DWORD_PREFIX, ...bytes.flatMap((byte) => littleEndian(byte, 1))]
}
