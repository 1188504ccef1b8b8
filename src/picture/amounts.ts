// Quantities and addresses as labels of a picture.
import { formatBytes } from '../plan/address.ts'

const UNITS: [string, number][] = [
  ['TiB', 2 ** 40],
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 1024],
]

/** `512MiB`, `284 B`, and with one decimal where no unit divides it: `5.7MiB`. */
export function shortBytes(bytes: number): string {
  for (const [unit, size] of UNITS) {
    if (bytes < size) continue
    return bytes % size === 0 ? formatBytes(bytes) : `${(bytes / size).toFixed(1)}${unit}`
  }
  return `${bytes} B`
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** `0–3, 8`: ascending numbers with their runs joined. */
export function runsOf(numbers: readonly number[]): string {
  const runs: { first: number; last: number }[] = []
  for (const number of numbers) {
    const run = runs.at(-1)
    if (run !== undefined && number === run.last + 1) run.last = number
    else runs.push({ first: number, last: number })
  }
  return runs.map(({ first, last }) => (first === last ? `${first}` : `${first}–${last}`)).join(', ')
}
