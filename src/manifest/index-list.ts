// Lists of indices as people write them: "0-3,8".

import { MAX_VCPUS } from './limits.ts'

/**
 * The indices in the order written; undefined when a range runs backwards. `text` must have passed the schema. A list
 * of more indices than there can be vCPUs is cut short: it names one twice, or one that does not exist.
 */
export function parseIndexList(text: string): number[] | undefined {
  const indices: number[] = []
  for (const part of text.split(',')) {
    const [first = 0, last = first] = part.split('-').map(Number)
    if (last < first) return undefined
    for (let index = first; index <= last && indices.length <= MAX_VCPUS; index++) indices.push(index)
  }
  return indices
}

/** The shortest way to write ascending indices. */
export function formatIndexList(indices: readonly number[]): string {
  const ranges: [first: number, last: number][] = []
  for (const index of indices) {
    const range = ranges.at(-1)
    if (range !== undefined && range[1] === index - 1) range[1] = index
    else ranges.push([index, index])
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
}

/** A list as the user must have meant it: with spaces or semicolons, or a range written backwards or with dots. */
export function suggestIndexList(value: unknown): string | undefined {
  const text = String(value)
    .replace(/\s*(\.\.+|\u2013|:)\s*/g, '-')
    .replace(/\s*-\s*/g, '-')
    .replace(/[\s,;]+/g, ',')
    .replace(/^,|,$/g, '')
  if (!/^\d{1,4}(-\d{1,4})?(,\d{1,4}(-\d{1,4})?)*$/.test(text)) return undefined
  const forwards = text.split(',').map((part) => part.split('-').map(Number).sort((a, b) => a - b).join('-')) // prettier-ignore
  return forwards.join(',')
}
