// An option's value in seconds.
import { InvalidArgumentError } from 'commander'

/** Milliseconds; throws commander's InvalidArgumentError. */
export function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (!/^\d+(?:\.\d+)?$/.test(text) || seconds > 86_400) {
    throw new InvalidArgumentError('Give seconds, such as 5 or 0.5, at most a day.')
  }
  return seconds * 1000
}
