// Medians of runs, and how tables show them.

export interface Spread {
  median: number
  /** `median (least–most)`. */
  text: string
}

const DIGITS = 4

export function spreadOf(figures: readonly number[]): Spread {
  const sorted = [...figures].sort((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] ?? NaN
  const text = (figure = NaN): string => figure.toLocaleString('en', { maximumSignificantDigits: DIGITS })
  return { median, text: `${text(median)} (${text(sorted[0])}–${text(sorted.at(-1))})` }
}

export interface Row {
  title: string
  unit: string
  volt: readonly number[]
  qemu: readonly number[]
}

/** A Markdown table of rows by both, with the ratio of the medians. */
export function pairsTable(rows: readonly Row[], other = 'QEMU'): string {
  const lines = rows.map(({ title, unit, volt, qemu }) => {
    const [ours, theirs] = [spreadOf(volt), spreadOf(qemu)]
    return `| ${title} | ${unit} | ${ours.text} | ${theirs.text} | ${(ours.median / theirs.median).toFixed(2)} |`
  })
  return [`| row | unit | Volt | ${other} | ratio |`, '| --- | --- | ---: | ---: | ---: |', ...lines].join('\n')
}
