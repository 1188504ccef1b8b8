// Times as labels, and the marks of an axis.

/** `3.2 ms`, `96 ms`, `4.43 s`, `87.0 s`. */
export function formatTime(milliseconds: number): string {
  if (milliseconds < 10 && !Number.isInteger(milliseconds)) return `${milliseconds.toFixed(1)} ms`
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`
  const seconds = milliseconds / 1000
  return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`
}

const TICKS_MAX = 6

/** Round times from 0 up to the end, at most seven. */
export function axisTicks(endMs: number): number[] {
  let step = 10 ** Math.floor(Math.log10(Math.max(endMs, 1) / TICKS_MAX))
  const factors = [2, 2.5, 2]
  for (let turn = 0; endMs / step > TICKS_MAX; turn++) step *= factors[turn % factors.length] ?? 2
  return Array.from({ length: Math.floor(endMs / step) + 1 }, (_, index) => index * step)
}

/** A round time: `20 s`, `2.5 ms`, `0`. */
export function formatTick(milliseconds: number): string {
  if (milliseconds === 0) return '0'
  const [amount, unit] = milliseconds < 1000 ? [milliseconds, 'ms'] : [milliseconds / 1000, 's']
  return `${Number(amount.toFixed(3))} ${unit}`
}
