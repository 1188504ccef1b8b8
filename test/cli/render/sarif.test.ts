// Logs against the schema of SARIF 2.1.0.
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import * as assert from 'uvu/assert'
import type { Finding } from '../../../src/cli/render/finding.ts'
import { sarifLog } from '../../../src/cli/render/sarif.ts'
import { suite } from '../../suite.ts'

const test = suite('findings as SARIF')
const file = new URL('../../fixtures/sarif/sarif-2.1.0-rtm.5.json', import.meta.url)
// Its draft-04 differs from draft-07 in the name of the identifier alone, as far as it is used here.
const published = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
const schema = Object.fromEntries(Object.entries(published).filter(([key]) => key !== '$schema' && key !== 'id'))
const validate = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(schema)

const finding: Finding = {
  code: 'V003',
  severity: 'error',
  message: 'bad',
  file: 'vm.yaml',
  start: { line: 4, column: 9 },
  end: { line: 4, column: 14 },
}
const note: Finding = { code: 'plan.start', severity: 'note', message: 'web would be started: new', file: 'vm.yaml' }

for (const [title, findings] of Object.entries<Finding[]>({
  'no finding': [],
  'an error with a hint': [{ ...finding, hint: 'try another' }],
  'a warning of no width': [{ ...finding, severity: 'warning', end: { line: 4, column: 9 } }],
  'a note of a whole file': [note],
  'files with odd names': ['a b%.yaml', '/tmp/é.yaml', '<stdin>', 'a:b#c?d.yaml'].map((name) => ({
    ...finding,
    file: name,
  })),
})) {
  test(`${title} makes a valid log`, () => {
    const log = JSON.parse(JSON.stringify(sarifLog(findings, '0.1.0'))) as Log
    assert.ok(validate(log), JSON.stringify(validate.errors))
    assert.is(log.runs[0]?.results.length, findings.length)
    for (const [index, { file: name }] of findings.entries()) {
      const { uri = '' } = log.runs[0]?.results[index]?.locations[0]?.physicalLocation.artifactLocation ?? {}
      assert.is(
        decodeURIComponent(new URL(uri, 'file:///here/').pathname),
        name.startsWith('/') ? name : `/here/${name}`,
      )
    }
  })
}

interface Log {
  runs: { results: { locations: { physicalLocation: { artifactLocation: { uri: string } } }[] }[] }[]
}

test('the schema refuses what is no log', () => {
  assert.not(validate({ version: '2.1.0', runs: [{ results: [] }] }))
  assert.not(validate({ version: '2.0.0', runs: [] }))
})

test.run()
