// A balloon: a target within the machine's memory, an interval that somebody can want.
import { formatDuration, parseDuration } from './duration.ts'
import { MAX_STATS_INTERVAL_MS, MIN_MEMORY_BYTES, MIN_STATS_INTERVAL_MS, PAGE_BYTES } from './limits.ts'
import type { Balloon } from './manifest.gen.ts'
import type { Problem } from './problem.ts'
import { formatSize, parseSize } from './size.ts'

const TARGET = '/balloon/target'

/** `memoryBytes` is the machine's, undefined where something is wrong with it already. */
export function checkBalloon(balloon: boolean | Balloon, memoryBytes: number | undefined): Problem[] {
  if (typeof balloon === 'boolean') return []
  const { target, statsInterval } = balloon
  return [
    ...(target === undefined ? [] : checkTarget(parseSize(target), memoryBytes)),
    ...(statsInterval === undefined ? [] : checkInterval(parseDuration(statsInterval))),
  ]
}

function checkTarget(bytes: number, memoryBytes: number | undefined): Problem[] {
  if (bytes < MIN_MEMORY_BYTES) {
    const message = `the target must be at least ${formatSize(MIN_MEMORY_BYTES)}`
    return [{ code: 'V007', message, pointer: TARGET, hint: 'it is what the guest keeps, not what it gives up' }]
  }
  if (bytes % PAGE_BYTES !== 0) {
    const message = `the target must be a multiple of ${formatSize(PAGE_BYTES)}`
    const hint = `did you mean ${formatSize(Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES)}?`
    return [{ code: 'V003', message, pointer: TARGET, hint }]
  }
  if (memoryBytes === undefined || bytes <= memoryBytes) return []
  const has = formatSize(memoryBytes)
  const message = `the target is ${formatSize(bytes)}, and the machine has ${has} of memory`
  const hint = `it is what the guest keeps: at most ${has}; or give the machine more memory`
  return [{ code: 'V227', message, pointer: TARGET, hint }]
}

function checkInterval(milliseconds: number): Problem[] {
  if (milliseconds >= MIN_STATS_INTERVAL_MS && milliseconds <= MAX_STATS_INTERVAL_MS) return []
  const [least, most] = [MIN_STATS_INTERVAL_MS, MAX_STATS_INTERVAL_MS].map(formatDuration)
  const message = `statsInterval must be from ${least} to ${most}`
  return [{ code: 'V007', message, pointer: '/balloon/statsInterval' }]
}
