// Rates of devices beyond sense.
import { MAX_BANDWIDTH_BYTES } from './limits.ts'
import type { BandwidthLimit } from './manifest.gen.ts'
import { child, type Problem } from './problem.ts'
import { parseBandwidth } from './rate.ts'
import { formatSize } from './size.ts'

/** `owner` is the device whose `rateLimit` has it as `key`. */
export function checkBandwidth(limit: BandwidthLimit | undefined, owner: string, key = 'bandwidth'): Problem[] {
  if (limit === undefined) return []
  const pointer = child(child(owner, 'rateLimit'), key)
  const { perSecond, burst } = parseBandwidth(limit)
  const [rate, size] =
    typeof limit === 'string' ? [pointer, pointer] : [child(pointer, 'rate'), child(pointer, 'burst')]
  const most = formatSize(MAX_BANDWIDTH_BYTES)
  if (perSecond > MAX_BANDWIDTH_BYTES) {
    return [
      { code: 'V007', message: `a rate must be at most ${most}/s`, pointer: rate, hint: 'leave it out for no limit' },
    ]
  }
  if (burst <= MAX_BANDWIDTH_BYTES) return []
  return [{ code: 'V007', message: `a burst must be at most ${most}`, pointer: size }]
}
