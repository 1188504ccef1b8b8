// The closed set of error codes, and what docs/diagnostics.md says of it.
import * as assert from 'uvu/assert'
import { exitCodeOf } from '../../src/cli/exit-codes.ts'
import { VoltError, type VoltErrorCode } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'
import { readSource } from './sources.ts'

const test = suite('error codes')

test('every error code is documented with the exit code it has', () => {
  const codes = [...readSource('src/volt-error.ts').matchAll(/^ {2}\| '([A-Z_]+)'$/gm)].map((match) => match[1] ?? '')
  const rows = [...readSource('docs/diagnostics.md').matchAll(/^\| ([A-Z_]{5,}) \| .* \| (\d+) \|$/gm)]
  const documented = new Map(rows.map((row) => [row[1] ?? '', Number(row[2])]))
  assert.equal([...documented.keys()].sort(), [...codes].sort())
  for (const [code, exitCode] of documented) {
    assert.is(exitCodeOf(new VoltError(code as VoltErrorCode, 'message')), exitCode, code)
  }
})

test.run()
