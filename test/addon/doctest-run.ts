// Builds volt-tests in a build directory of its own and turns what doctest reports into results, one a test case.
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

export type Preset = 'dev' | 'asan' | 'tsan'

export interface TestCaseResult {
  suite: string
  name: string
  outcome: 'passed' | 'failed' | 'skipped'
  /** What doctest reported inside the test case. */
  details: string
}

export interface DoctestRun {
  cases: TestCaseResult[]
  /** Exit status, null where a signal ended the process. */
  status: number | null
  /** Standard error: where sanitizers report. */
  stderr: string
}

const root = fileURLToPath(new URL('../../', import.meta.url))

function mustRun(command: string, args: string[]): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
  if (error) throw error
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`)
}

/** Builds the tests of a preset (CMakePresets.json); quick when nothing has changed. */
export function buildTests(preset: Preset): void {
  mustRun('cmake', ['--preset', preset])
  mustRun('cmake', ['--build', '--preset', preset, '--parallel', String(Math.min(availableParallelism(), 2))])
}

/** Runs the test cases of the named suites, or of all; by `launcher`, a program that runs others elsewhere. */
export function runTests(
  preset: Preset,
  suites: string[] = [],
  environment: Record<string, string> = {},
  launcher?: string,
): DoctestRun {
  const filter = suites.length > 0 ? [`--test-suite=${suites.join(',')}`] : []
  const command = [...(launcher === undefined ? [] : [launcher]), `build-${preset}/volt-tests`]
  const [program = '', ...before] = command
  const { status, stdout, stderr, error } = spawnSync(program, [...before, '--reporters=xml', ...filter], {
    cwd: root,
    encoding: 'utf8',
    timeout: 180_000,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, ...environment },
  })
  if (error) throw error
  const all = parseReport(stdout)
  // With a filter, doctest lists what it leaves out as skipped.
  const cases = suites.length > 0 ? all.filter((result) => suites.includes(result.suite)) : all
  return { cases, status, stderr }
}

function parseReport(xml: string): TestCaseResult[] {
  const cases: TestCaseResult[] = []
  for (const [, suite = '', body = ''] of xml.matchAll(/<TestSuite name="([^"]*)">([\s\S]*?)<\/TestSuite>/g)) {
    const pattern = /<TestCase name="([^"]*)"[^>]*?(?:(skipped="true")\/>|>([\s\S]*?)<\/TestCase>)/g
    for (const [, name = '', skipped, details = ''] of body.matchAll(pattern)) {
      const passed = details.includes('test_case_success="true"')
      const outcome = skipped ? 'skipped' : passed ? 'passed' : 'failed'
      cases.push({ suite: unescapeXml(suite), name: unescapeXml(name), outcome, details: unescapeXml(details) })
    }
  }
  return cases
}

const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'", '&amp;': '&' }

function unescapeXml(text: string): string {
  return text.replace(/&(?:lt|gt|quot|apos|amp);/g, (entity) => entities[entity] ?? entity)
}
