// An option's value in seconds, or with a unit as in manifests.
import { InvalidArgumentError } from 'commander'
import { parseDuration } from '../manifest/duration.ts'

/** Milliseconds; throws commander's InvalidArgumentError. */
export function parseSeconds(text: string): number {
  const seconds = /^\d{1,9}(?:ms|s|m)$/.test(text) ? parseDuration(text) / 1000 : Number(text)
  if (!/^\d+(?:\.\d+)?(?:ms|s|m)?$/.test(text) || Number.isNaN(seconds) || seconds > 86_400) {
    throw new InvalidArgumentError('Give seconds, such as 5, 0.5 or 30s, at most a day.')
  }
  return seconds * 1000
}
