// Lists of processors of the host as people write them: "0-3,8".

export type CpuRange = readonly [first: number, last: number]

/** Ascending, apart from each other; undefined when a range runs backwards. `text` must have passed the schema. */
export function parseCpuList(text: string): CpuRange[] | undefined {
  const ranges = text.split(',').map((part): CpuRange => {
    const [first = 0, last = first] = part.split('-').map(Number)
    return [first, last]
  })
  if (ranges.some(([first, last]) => last < first)) return undefined
  const merged: [number, number][] = []
  for (const [first, last] of ranges.sort(([a], [b]) => a - b)) {
    const before = merged.at(-1)
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last)
    else merged.push([first, last])
  }
  return merged
}

/** The shortest way to write a list that runs forwards. */
export function normaliseCpuList(text: string): string {
  const ranges = parseCpuList(text) ?? []
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
}
