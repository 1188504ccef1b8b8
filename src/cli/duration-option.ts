// An option's value that is a time.
import { InvalidArgumentError } from 'commander'
import { parseDuration } from '../manifest/duration.ts'

const DAY_MS = 86_400_000

/** Milliseconds of `30s`, `1h`, or a number of seconds; throws commander's InvalidArgumentError. */
export function durationOption(text: string): number {
  try {
    const milliseconds = parseDuration(text)
    if (milliseconds <= DAY_MS) return milliseconds
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError('Give a duration such as 30s, 1h, or 5 for seconds, at most a day.')
}
