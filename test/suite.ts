// The way every test file is written: a uvu suite that skips aloud and reports real counts to the runner (scripts/run-tests.ts).
import { suite as uvuSuite, type Callback } from 'uvu'
import { COUNTS_PREFIX, type Counts } from './counts.ts'

export interface Suite {
  (title: string, body: Callback): void
  /** Runs the test unless `reason` says why it cannot run here. */
  skipIf(reason: string | false, title: string, body: Callback): void
  before(hook: Callback): void
  after(hook: Callback): void
  /** To be called once, at the end of the file. */
  run(): void
}

const counts: Counts = { passed: 0, failed: 0, skipped: [] }
let declared = 0
let suitesToRun = 0

/** Makes a suite. A file may hold several; each must call `run()`. */
export function suite(name: string): Suite {
  const inner = uvuSuite(name)
  suitesToRun++
  const test = ((title: string, body: Callback) => {
    declared++
    inner(title, async (context) => {
      try {
        await body(context)
        counts.passed++
      } catch (error) {
        counts.failed++
        throw error
      }
    })
  }) as Suite
  test.skipIf = (reason, title, body) => {
    if (reason === false) return test(title, body)
    counts.skipped.push({ title: `${name}: ${title}`, reason })
  }
  test.before = (hook) => void inner.before(hook)
  test.after = (hook) => void inner.after(hook)
  test.run = () => {
    suitesToRun--
    inner.run()
  }
  return test
}

process.on('exit', () => {
  const unrun = declared - counts.passed - counts.failed
  if (suitesToRun > 0 || unrun > 0) {
    console.error(`${unrun} tests did not run: is run() missing, or did a hook fail?`)
    counts.failed += Math.max(unrun, 1)
    process.exitCode = 1
  }
  process.stdout.write(`\n${COUNTS_PREFIX}${JSON.stringify(counts)}\n`)
})
