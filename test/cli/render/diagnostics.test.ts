// The exact text of diagnostics, whatever the source line holds.
import * as assert from 'uvu/assert'
import { createStyle } from '../../../src/cli/output.ts'
import { countDiagnostics, renderDiagnostic, renderDiagnostics } from '../../../src/cli/render/diagnostics.ts'
import type { Diagnostic } from '../../../src/manifest/diagnostic.ts'
import { suite } from '../../suite.ts'

const test = suite('diagnostics for people')

const base: Diagnostic = {
  code: 'V003',
  severity: 'error',
  message: 'memory must be a size such as 512MiB or 1GiB',
  file: 'vm.yaml',
  start: { line: 4, column: 9 },
  end: { line: 4, column: 14 },
  pointer: '/memory',
  hint: 'did you mean 1GiB?',
}

function render(source: string, changes: Partial<Diagnostic> = {}, columns = 80): string {
  const view = { sources: new Map([['vm.yaml', source]]), style: createStyle(false), columns }
  return renderDiagnostic({ ...base, ...changes }, view)
}

function at(line: number, from: number, to: number, pointer = '/x'): Partial<Diagnostic> {
  return { start: { line, column: from }, end: { line, column: to }, pointer }
}

/** The source line and the marker line. */
function excerptOf(text: string): string[] {
  return text.split('\n').slice(2, 4)
}

test('reads like a compiler’s message', () => {
  assert.is(
    render('a: 1\nb: 2\nc: 3\nmemory: 1GiBB\n'),
    [
      'error[V003]: memory must be a size such as 512MiB or 1GiB',
      '  --> vm.yaml:4:9',
      ' 4 | memory: 1GiBB',
      '   |         ^^^^^ /memory',
      '   = help: did you mean 1GiB?',
      '',
    ].join('\n'),
  )
})

test('widens the gutter for line numbers of several digits', () => {
  const source = '\n'.repeat(119) + 'vcpuz: 4\n'
  assert.is(
    render(source, { ...at(120, 1, 6, '/vcpuz'), code: 'V005', message: 'unknown key', hint: 'did you mean vcpus?' }),
    [
      'error[V005]: unknown key',
      '    --> vm.yaml:120:1',
      ' 120 | vcpuz: 4',
      '     | ^^^^^ /vcpuz',
      '     = help: did you mean vcpus?',
      '',
    ].join('\n'),
  )
})

test('keeps the carets below a value behind a tab', () => {
  assert.equal(excerptOf(render('memory:\tbad', at(1, 9, 12))), [' 1 | memory: bad', '   |         ^^^ /x'])
  assert.equal(excerptOf(render('a:\tbad', at(1, 4, 7))), [' 1 | a:  bad', '   |     ^^^ /x'])
})

test('counts wide characters as two columns and combining ones as none', () => {
  assert.equal(excerptOf(render('名前: bad', at(1, 5, 8))), [' 1 | 名前: bad', '   |       ^^^ /x'])
  assert.equal(excerptOf(render('e\u0301: bad', at(1, 5, 8))), [' 1 | e\u0301: bad', '   |    ^^^ /x'])
  assert.equal(excerptOf(render('🚀: bad', at(1, 1, 3))), [' 1 | 🚀: bad', '   | ^^ /x'])
})

test('shows control and direction characters as escapes, in every part', () => {
  const text = render('name: a\u001b[31mb\u202e', {
    ...at(1, 7, 14),
    message: 'bad \u001b[2J name',
    file: 'vm.yaml',
    hint: 'no \u0007',
  })
  for (const unsafe of ['\u001b', '\u0007', '\u202e']) assert.not.match(text, unsafe)
  assert.equal(excerptOf(text), [' 1 | name: a\\x1b[31mb\\u202e', '   |       ^^^^^^^^^^ /x'])
  assert.match(text, 'error[V003]: bad \\x1b[2J name\n')
  assert.match(text, 'help: no \\x07\n')
})

test('shows a window of a long line around the problem', () => {
  const source = 'x'.repeat(5000) + 'BAD' + 'y'.repeat(100_000)
  const [line = '', marker = ''] = excerptOf(render(source, at(1, 5001, 5004), 60))
  assert.ok(line.length <= 60, `${line.length} columns`)
  assert.match(line, /^ 1 \| …x+BADy+…$/)
  assert.is(marker.indexOf('^^^'), line.indexOf('BAD'))
})

test('shows the beginning of a long line when the problem is there, and its end when it is there', () => {
  const [first = ''] = excerptOf(render('BAD' + 'y'.repeat(500), at(1, 1, 4), 60))
  assert.match(first, /^ 1 \| BADy+…$/)
  const [last = '', marker = ''] = excerptOf(render('x'.repeat(500) + 'BAD', at(1, 501, 504), 60))
  assert.match(last, /^ 1 \| …x+BAD$/)
  assert.is(marker.indexOf('^^^'), last.indexOf('BAD'))
})

test('puts a caret behind the last character for a problem at the end', () => {
  assert.equal(excerptOf(render('memory:', at(1, 8, 8))), [' 1 | memory:', '   |        ^ /x'])
})

test('points at no place of a file that is empty or could not be read', () => {
  const text = render('', { ...at(1, 1, 1, ''), code: 'V011', message: 'vm.yaml does not exist', hint: 'make it' })
  assert.is(text, 'error[V011]: vm.yaml does not exist\n  --> vm.yaml\n   = help: make it\n')
})

test('marks the rest of the first line of a problem over several lines', () => {
  const text = render('a: [1,\n  2]\n', { start: { line: 1, column: 4 }, end: { line: 2, column: 5 }, pointer: '' })
  assert.equal(excerptOf(text), [' 1 | a: [1,', '   |    ^^^'])
})

test('leaves the carriage return of a line out', () => {
  assert.equal(excerptOf(render('a: bad\r\nb: 1\r\n', at(1, 4, 7))), [' 1 | a: bad', '   |    ^^^ /x'])
})

test('shows no excerpt of a file that could not be read', () => {
  const view = { sources: new Map<string, string>(), style: createStyle(false), columns: 80 }
  const plain = structuredClone(base)
  delete plain.hint
  assert.is(
    renderDiagnostic(plain, view),
    'error[V003]: memory must be a size such as 512MiB or 1GiB\n  --> vm.yaml:4:9\n',
  )
})

test('ends a list with the number of errors and warnings', () => {
  const warning: Diagnostic = { ...base, severity: 'warning' }
  const view = { sources: new Map([['vm.yaml', '']]), style: createStyle(false), columns: 80 }
  assert.match(renderDiagnostics([base, warning, base], view), /\n\n2 errors and 1 warning\n$/)
  assert.is(countDiagnostics([base]), '1 error')
  assert.is(countDiagnostics([warning, warning]), '2 warnings')
})

test('takes a line of a megabyte in well under a second', () => {
  const source = '名\u0301'.repeat(500_000)
  const start = performance.now()
  render(source, at(1, 900_001, 900_003))
  assert.ok(performance.now() - start < 500)
})

test.run()
