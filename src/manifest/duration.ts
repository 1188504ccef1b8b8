// Durations with their units; a number without one is of seconds.

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const
type Unit = keyof typeof UNITS

/** Units that people write and the schema does not know, in milliseconds. */
const WORDS: Readonly<Record<string, number>> = {
  msec: 1,
  millis: 1,
  sec: 1000,
  secs: 1000,
  second: 1000,
  seconds: 1000,
  min: 60_000,
  mins: 60_000,
  minute: 60_000,
  minutes: 60_000,
  hour: 3_600_000,
  hours: 3_600_000,
  ...UNITS,
}

/** Milliseconds of `30s`, `1.5h`, or a number of seconds as such or as text. Throws RangeError for anything else. */
export function parseDuration(value: string | number): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(String(value))
  if (match === null) throw new RangeError(`not a duration: ${value}`)
  return Math.round(Number(match[1]) * UNITS[(match[2] ?? 's') as Unit])
}

/** The shortest exact way to write whole milliseconds. */
export function formatDuration(milliseconds: number): string {
  const unit = (['h', 'm', 's'] as const).find((name) => milliseconds > 0 && milliseconds % UNITS[name] === 0) ?? 'ms'
  return milliseconds === 0 ? '0s' : `${milliseconds / UNITS[unit]}${unit}`
}

/** A duration as the user must have meant it: `30 s`, `1.5m`, `1 hour`, or a bare number of seconds. */
export function suggestDuration(value: unknown): string | undefined {
  const match = /^\s*(\d{1,9}(?:\.\d{1,3})?)\s*([A-Za-z]*)\s*$/.exec(String(value))
  if (match === null) return undefined
  const unit = WORDS[(match[2] || 's').toLowerCase()]
  const milliseconds = unit === undefined ? NaN : Math.round(Number(match[1]) * unit)
  return Number.isNaN(milliseconds) ? undefined : formatDuration(milliseconds)
}
