// Finds what a misspelt word was meant to be.

/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours, each counting 1. */
export function editDistance(from: string, to: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      let best = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      )
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (swapped) best = Math.min(best, (beforePrevious[column - 2] ?? 0) + 1)
      current[column] = best
    }
    beforePrevious = previous
    previous = current
  }
  return previous[to.length] ?? 0
}

/** The one candidate that is clearly nearest, without regard to case; nothing when several are, or none is near. */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > 64) return undefined
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance)
  const [best, second] = ranked
  return best !== undefined && best.distance !== second?.distance ? best.candidate : undefined
}
