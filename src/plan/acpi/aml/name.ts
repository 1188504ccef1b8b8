// AML names: `\_SB.PWRB` to a NameString. ACPI 6.4 §20.2.2.

const ROOT_CHAR = 0x5c
const DUAL_NAME_PREFIX = 0x2e
const MULTI_NAME_PREFIX = 0x2f
const NULL_NAME = 0x00

function nameSegment(segment: string): number[] {
  if (!/^[A-Z_][A-Z0-9_]{0,3}$/.test(segment)) throw new RangeError(`${segment} is not a name segment`)
  return [...segment.padEnd(4, '_')].map((letter) => letter.charCodeAt(0))
}

/** A NameString; a leading backslash makes it absolute. */
export function nameString(path: string): number[] {
  const absolute = path.startsWith('\\')
  const text = absolute ? path.slice(1) : path
  const segments = text === '' ? [] : text.split('.')
  const root = absolute ? [ROOT_CHAR] : []
  const encoded = segments.flatMap(nameSegment)
  if (segments.length === 0) return [...root, NULL_NAME]
  if (segments.length === 1) return [...root, ...encoded]
  if (segments.length === 2) return [...root, DUAL_NAME_PREFIX, ...encoded]
  return [...root, MULTI_NAME_PREFIX, segments.length, ...encoded]
}
