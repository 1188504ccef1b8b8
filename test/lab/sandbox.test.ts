// The jail on the kernel that stock guests boot under: what each layer forbids, and the shipped machine's layers in /proc.
// timeout: 900 s
import * as assert from 'uvu/assert'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { buildTests, runTests } from '../addon/doctest-run.ts'
import { COUNTS_PREFIX, type Counts } from '../counts.ts'
import { suite } from '../suite.ts'
import { missingLab } from './missing-lab.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = fileURLToPath(new URL('run', import.meta.url))
const SUITES = ['sandbox', 'launch']
const reason = missingLab('prepare')
const test = suite('lab: the sandbox')

test.skipIf(reason, 'every forbidden thing is refused or ends the process', () => {
  buildTests('dev')
  const { cases, status, stderr } = runTests('dev', SUITES, {}, run)
  assert.equal([...new Set(cases.map(({ suite }) => suite))].sort(), [...SUITES].sort(), stderr)
  for (const { name, outcome, details } of cases) assert.is(outcome, 'passed', `${name}: ${details}`)
  assert.is(status, 0, stderr)
})

test.skipIf(reason, "the shipped machine's namespaces, capabilities and filters are seen in /proc", () => {
  const job = [process.execPath, '--import', 'tsx', 'test/vm/sandbox.test.ts']
  const { stdout, stderr } = spawnSync(run, job, { cwd: root, encoding: 'utf8', timeout: 600_000 })
  const line = stdout.split('\n').find((text) => text.startsWith(COUNTS_PREFIX))
  assert.ok(line, stdout + stderr)
  const { passed, failed, skipped } = JSON.parse(line.slice(COUNTS_PREFIX.length)) as Counts
  assert.equal({ failed, skipped }, { failed: 0, skipped: [] }, stdout + stderr)
  assert.ok(passed >= 3, stdout)
})

test.run()
