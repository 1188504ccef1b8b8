// One thing in which two plans differ, and the ways to say it.

export interface PlanDifference {
  /** Such as `kernel`, `cpu features`, `device disk-root`. */
  part: string
  /** As in `memory: 134217728 bytes → 268435456 bytes`. */
  text: string
}

/** Names in one line; the processor of another vendor differs in a hundred features. */
const NAMES_SHOWN = 12

export function changed(part: string, from: unknown, to: unknown): PlanDifference[] {
  return from === to ? [] : [{ part, text: `${String(from)} → ${String(to)}` }]
}

/** Of two lists of names. */
export function takenAndGiven(part: string, from: readonly string[], to: readonly string[]): PlanDifference[] {
  const taken = from.filter((entry) => !to.includes(entry))
  const given = to.filter((entry) => !from.includes(entry))
  const texts = [
    ...(taken.length > 0 ? [`without ${fewOf(taken)}`] : []),
    ...(given.length > 0 ? [`with ${fewOf(given)}`] : []),
  ]
  return texts.length === 0 ? [] : [{ part, text: texts.join('; ') }]
}

export function fewOf(names: readonly string[]): string {
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : ''
  return names.slice(0, NAMES_SHOWN).join(', ') + more
}
