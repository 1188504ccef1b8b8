// Rates of devices: so many bytes or operations a second, and a burst after a pause.
import type { BandwidthLimit, OperationsRate } from './manifest.gen.ts'
import { parseSize, suggestSize } from './size.ts'
import type { RateSpec } from './spec.ts'

const PER_SECOND = '/s'

/** `limit` is one that the schema accepts; a burst left out is what a second gives. */
export function parseBandwidth(limit: BandwidthLimit): RateSpec {
  const { rate, burst } = typeof limit === 'string' ? { rate: limit } : limit
  const perSecond = parseSize(rate.slice(0, -PER_SECOND.length))
  return { perSecond, burst: burst === undefined ? perSecond : parseSize(burst) }
}

export function parseOperations(limit: number | OperationsRate): RateSpec {
  const { rate, burst = rate } = typeof limit === 'number' ? { rate: limit } : limit
  return { perSecond: rate, burst }
}

/** A rate as the user must have meant it: `100MB/s`, `100 MiB`, `1Gps`. */
export function suggestBandwidth(value: unknown): string | undefined {
  const size = suggestSize(String(value).replace(/\s*(\/\s*s(ec(ond)?)?|ps)\s*$/i, ''))
  return size === undefined ? undefined : size + PER_SECOND
}
