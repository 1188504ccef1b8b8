// Huge pages of 2 MiB in the host's pool, for as long as a test wants them.
import { readFileSync, writeFileSync } from 'node:fs'

const POOL = '/sys/kernel/mm/hugepages/hugepages-2048kB'

export function freePages(): number {
  return Number(readFileSync(`${POOL}/free_hugepages`, 'utf8'))
}

/** Why there cannot be `count` of them, or false; the pool is as before. */
export function whyNoHugePages(count: number): string | false {
  try {
    const before = takePages(count)
    const has = freePages() >= count
    givePagesBack(before)
    return has ? false : `the host has no memory for ${count} huge pages in a row`
  } catch (error) {
    return `the pool of huge pages cannot be changed: ${(error as Error).message}`
  }
}

/** What the pool was before. */
export function takePages(count: number): string {
  const before = readFileSync(`${POOL}/nr_hugepages`, 'utf8').trim()
  writeFileSync(`${POOL}/nr_hugepages`, String(Number(before) + count))
  return before
}

export function givePagesBack(before: string): void {
  writeFileSync(`${POOL}/nr_hugepages`, before)
}
