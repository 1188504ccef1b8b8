// Ranges that must not overlap and names that must not repeat.

export interface Fault {
  /** JSON pointer into the plan. */
  pointer: string
  /** A predicate: "overlaps …". */
  message: string
}

export interface Extent {
  what: string
  pointer: string
  start: bigint
  /** First address or port behind. */
  end: bigint
}

/** Reports every extent that overlaps one before it. In the order of addresses, so in n log n. */
export function checkExtents(extents: readonly Extent[], faults: Fault[]): void {
  const sorted = extents.filter(({ start, end }) => start < end).sort((a, b) => compare(a.start, b.start))
  let farthest: Extent | undefined
  for (const extent of sorted) {
    if (farthest && extent.start < farthest.end) {
      faults.push({ pointer: extent.pointer, message: `overlaps ${farthest.what} (${farthest.pointer})` })
    }
    if (!farthest || extent.end > farthest.end) farthest = extent
  }
}

export function checkUnique(names: readonly { value: string | number; pointer: string }[], faults: Fault[]): void {
  const seen = new Map<string | number, string>()
  for (const { value, pointer } of names) {
    const first = seen.get(value)
    if (first === undefined) seen.set(value, pointer)
    else faults.push({ pointer, message: `repeats ${value} of ${first}` })
  }
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
