// Numbers as a plan writes them: lower-case hexadecimal without leading zeros.

/** `value` is a non-negative integer, exact up to 2^53 as a number. */
export function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`
}

/** The smallest multiple of `alignment` (a power of two or not) that is not below `value`. */
export function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment
}

/** The largest multiple of `alignment` that is not above `value`. */
export function alignDown(value: number, alignment: number): number {
  return Math.floor(value / alignment) * alignment
}

/** Bits that number `count` things: 0 for one, 2 for three or four. */
export function widthOf(count: number): number {
  return count <= 1 ? 0 : 32 - Math.clz32(count - 1)
}

/** Bytes as a person reads them: the largest unit that divides them, 128MiB. */
export function formatBytes(bytes: number): string {
  for (const [unit, size] of [
    ['TiB', 2 ** 40],
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 1024],
  ] as const) {
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`
  }
  return `${bytes} bytes`
}
