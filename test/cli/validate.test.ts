// `volt validate` end to end, in every format.
import * as assert from 'uvu/assert'
import type { Diagnostic } from '../../src/manifest/diagnostic.ts'
import { suite } from '../suite.ts'
import { helloManifest, makeWorkplace, type Workplace } from './volt.ts'

const test = suite('command line: validate')
let place: Workplace

const WRONG = helloManifest().replace('vcpus: 1', 'vcpuz: 1') + 'memory: 1GiBB\n'

test.before(async () => {
  place = await makeWorkplace({ 'good.yaml': helloManifest(), 'wrong.yaml': WRONG })
})
test.after(() => place.remove())

test('says that a manifest is valid, on stdout', async () => {
  const { code, stdout, stderr } = await place.volt('validate', 'good.yaml')
  assert.is(code, 0)
  assert.is(stdout, 'good.yaml: valid, 1 machine\n')
  assert.is(stderr, '')
})

test('reads standard input', async () => {
  const { code, stdout } = await place.finish(place.start(['validate', '-']), helloManifest())
  assert.is(code, 0)
  assert.is(stdout, '<stdin>: valid, 1 machine\n')
})

test('renders every error on stderr and ends with 3', async () => {
  const { code, stdout, stderr } = await place.volt('validate', 'wrong.yaml', 'good.yaml')
  assert.is(code, 3)
  assert.is(stdout, 'good.yaml: valid, 1 machine\n')
  assert.match(stderr, ' 5 | vcpuz: 1\n   | ^^^^^ /vcpuz\n')
  assert.match(stderr, ' 6 | memory: 1GiBB\n   |         ^^^^^ /memory\n')
  assert.match(stderr, /\n2 errors\n$/)
})

test('shows the line of what came from standard input', async () => {
  const { code, stderr } = await place.finish(place.start(['validate', '-']), WRONG)
  assert.is(code, 3)
  assert.match(stderr, '  --> <stdin>:5:1\n 5 | vcpuz: 1\n')
})

test('gives JSON with positions', async () => {
  const { code, stdout, stderr } = await place.volt('validate', '--format', 'json', 'wrong.yaml')
  assert.is(code, 3)
  assert.is(stderr, '')
  const { formatVersion, valid, diagnostics } = JSON.parse(stdout) as {
    formatVersion: number
    valid: boolean
    diagnostics: Diagnostic[]
  }
  assert.equal([formatVersion, valid], [1, false])
  assert.equal(
    diagnostics.map(({ code: id, file, start, pointer }) => [id, file, start.line, start.column, pointer]),
    [
      ['V005', 'wrong.yaml', 5, 1, '/vcpuz'],
      ['V003', 'wrong.yaml', 6, 9, '/memory'],
    ],
  )
})

test('gives annotations of GitHub, one a line', async () => {
  const { code, stdout } = await place.volt('validate', '--format', 'github', 'wrong.yaml')
  assert.is(code, 3)
  const lines = stdout.trimEnd().split('\n')
  assert.is(lines.length, 2)
  assert.match(lines[0] ?? '', /^::error file=wrong\.yaml,line=5,col=1,endLine=5,endColumn=6,title=V005::/)
})

test('gives SARIF with a rule for each code', async () => {
  const { code, stdout } = await place.volt('validate', '--format', 'sarif', 'wrong.yaml')
  assert.is(code, 3)
  const log = JSON.parse(stdout) as {
    version: string
    runs: {
      tool: { driver: { rules: { id: string }[] } }
      results: { ruleId: string; locations: { physicalLocation: { region: object } }[] }[]
    }[]
  }
  assert.is(log.version, '2.1.0')
  assert.equal(log.runs[0]?.tool.driver.rules, [{ id: 'V003' }, { id: 'V005' }])
  assert.equal(log.runs[0]?.results[1]?.locations[0]?.physicalLocation.region, {
    startLine: 6,
    startColumn: 9,
    endLine: 6,
    endColumn: 14,
  })
})

test('ends with 3 for a file that is missing, a directory or empty', async () => {
  await place.write('empty.yaml', '')
  for (const file of ['missing.yaml', '.', 'empty.yaml']) {
    const { code, stderr } = await place.volt('validate', file)
    assert.is(code, 3, file)
    assert.match(stderr, /^error\[V\d{3}\]: /)
  }
})

test('ends with 3 for a saved plan that is cut off, without taking it for YAML', async () => {
  await place.write('plan.json', '{ "formatVersion": 1, "digest": "sha256:00", "plan": {')
  const { code, stderr } = await place.volt('validate', 'plan.json')
  assert.is(code, 3)
  assert.match(stderr, /^error\[PLAN_INVALID\]: /)
})

test.run()
