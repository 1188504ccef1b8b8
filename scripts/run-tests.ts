// Runs every test file in a process of its own and adds up the counts that test/suite.ts reports. Guards against what uvu lets
// pass: a file that never calls run(), a file without tests, a stray `.only`, and a test that hangs.
import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { COUNTS_PREFIX, type Counts } from '../test/counts.ts'

const DEFAULT_TIMEOUT_S = 300
const words = process.argv.slice(2)

interface Outcome {
  counts: Counts
  problem?: string
  output: string
  seconds: number
}

/** A file may ask for more time in a comment: `// timeout: 1200 s`. */
async function timeoutOf(file: string): Promise<number> {
  const match = /^\/\/ timeout: (\d+) s$/m.exec(await readFile(file, 'utf8'))
  return match ? Number(match[1]) : DEFAULT_TIMEOUT_S
}

async function runFile(file: string): Promise<Outcome> {
  const started = Date.now()
  const timeoutS = await timeoutOf(file)
  const child = spawn(process.execPath, ['--import', 'tsx', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }, timeoutS * 1000)
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve))
  clearTimeout(timer)
  return { ...judge(output, status, timedOut ? timeoutS : 0), output, seconds: (Date.now() - started) / 1000 }
}

function judge(output: string, status: number | null, timedOutAfterS: number): { counts: Counts; problem?: string } {
  const line = output.split('\n').findLast((candidate) => candidate.startsWith(COUNTS_PREFIX))
  const counts: Counts = line
    ? (JSON.parse(line.slice(COUNTS_PREFIX.length)) as Counts)
    : { passed: 0, failed: 0, skipped: [] }
  const fail = (problem: string) => ({ counts: { ...counts, failed: Math.max(counts.failed, 1) }, problem })
  if (timedOutAfterS > 0) return fail(`no end after ${timedOutAfterS} s`)
  if (!line) return fail(`ended with ${status} and reported no counts`)
  if (counts.passed + counts.failed + counts.skipped.length === 0) return fail('has no tests')
  if (counts.failed > 0) return { counts, problem: `${counts.failed} failed` }
  if (status !== 0) return fail(`ended with ${status}`)
  return { counts }
}

const files: string[] = []
for (const entry of await readdir('test', { recursive: true })) {
  const file = `test/${entry}`
  if (file.endsWith('.test.ts') && (words.length === 0 || words.some((word) => file.includes(word)))) files.push(file)
}
// The lab takes two cores for minutes: it goes last, so that the quick answers come first.
const isLab = (file: string) => Number(file.startsWith('test/lab/'))
files.sort((a, b) => isLab(a) - isLab(b) || (a < b ? -1 : 1))

const total = { passed: 0, failed: 0, skipped: 0 }
for (const file of files) {
  const { counts, problem, output, seconds } = await runFile(file)
  total.passed += counts.passed
  total.failed += counts.failed
  total.skipped += counts.skipped.length
  const skipped = counts.skipped.length > 0 ? `, ${counts.skipped.length} skipped` : ''
  console.log(`${problem ? 'FAIL' : 'ok  '} ${file} (${counts.passed} passed${skipped}, ${seconds.toFixed(1)} s)`)
  for (const { title, reason } of counts.skipped) console.log(`     skipped: ${title}: ${reason}`)
  if (problem) console.log(`     ${problem}\n${output.replace(/^/gm, '     | ')}`)
}
if (files.length === 0) console.log(`no test file matches ${words.join(' ')}`)
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed > 0 || files.length === 0 ? 1 : 0
