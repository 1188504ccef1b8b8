// What a test file tells the runner at its end.

export interface Counts {
  passed: number
  failed: number
  skipped: { title: string; reason: string }[]
}

/** Prefix of the line by which a test file tells the runner its counts. */
export const COUNTS_PREFIX = '##counts '
