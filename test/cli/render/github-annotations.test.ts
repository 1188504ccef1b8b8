// Escaping in workflow commands.
import * as assert from 'uvu/assert'
import { renderGithub } from '../../../src/cli/render/github-annotations.ts'
import type { Diagnostic } from '../../../src/manifest/diagnostic.ts'
import { suite } from '../../suite.ts'

const test = suite('diagnostics for GitHub')

const base: Diagnostic = {
  code: 'V003',
  severity: 'warning',
  message: 'bad',
  file: 'vm.yaml',
  start: { line: 4, column: 9 },
  end: { line: 4, column: 14 },
  pointer: '/memory',
}

test('escapes what would end a message or a property', () => {
  const text = renderGithub([{ ...base, file: 'a,b:c%.yaml', message: 'one: 50%, \r\n::error::two', hint: 'three' }])
  assert.is(
    text,
    '::warning file=a%2Cb%3Ac%25.yaml,line=4,col=9,endLine=4,endColumn=14,title=V003::one: 50%25, %0D%0A::error::two%0Athree\n',
  )
})

test('leaves the end column out where it is on another line', () => {
  assert.not.match(renderGithub([{ ...base, end: { line: 5, column: 2 } }]), 'endColumn')
})

test('is empty without diagnostics', () => {
  assert.is(renderGithub([]), '')
})

test.run()
