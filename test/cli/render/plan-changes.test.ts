// How a plan is shown: signs, colours, words, and what is said of data.
import * as assert from 'uvu/assert'
import { createStyle } from '../../../src/cli/output.ts'
import { renderChange, renderLeft, renderTotals } from '../../../src/cli/render/plan-changes.ts'
import { suite } from '../../suite.ts'

const test = suite('rendering changes')
const [plain, colour] = [createStyle(false), createStyle(true)]

test('has a sign for each kind, and its colour', () => {
  const shown = (kind: Parameters<typeof renderChange>[1]['kind'], style = plain): string =>
    renderChange('web', { kind, reasons: [], leaves: [] }, style)
  assert.equal(
    (['start', 'live', 'record', 'restart', 'replace', 'none'] as const).map((kind) => shown(kind)[0]),
    ['+', '~', '~', '±', '±', '='],
  )
  assert.is(shown('live', colour), '\u001b[36m~ web would be changed live\u001b[39m\n')
  assert.is(shown('replace', colour), '\u001b[31m± web would be replaced\u001b[39m\n')
  assert.not.match(shown('restart'), '\u001b')
})

test('names the fields, those that would take less by themselves, and what is left behind', () => {
  const reasons = [
    { text: 'vcpus: 1 → 2', class: 'restart' as const },
    { text: 'balloon.target: 128MiB → 64MiB', class: 'live' as const },
    { text: 'metadata.labels.a: none → "\u001b[0m"', class: 'none' as const },
  ]
  assert.is(
    renderChange('web', { kind: 'replace', reasons, leaves: ['/state/overlay'] }, plain),
    [
      '± web would be replaced',
      '    vcpus: 1 → 2',
      '    balloon.target: 128MiB → 64MiB (live by itself)',
      '    metadata.labels.a: none → "\\x1b[0m" (recorded by itself)',
      '    what its guest wrote is not used any more: /state/overlay',
      '',
    ].join('\n'),
  )
})

test('tells of a machine that left, and that --prune ends it', () => {
  const left = { name: 'old', state: 'running', why: 'vm.yaml does not declare it any more' }
  assert.match(renderLeft(left, false, plain), /^! old is left\n.*--prune destroys it\n$/)
  assert.is(
    renderLeft(left, true, plain),
    '- old would be destroyed\n    vm.yaml does not declare it any more; it is running\n',
  )
})

test('counts what there is, in the order of what it does', () => {
  assert.is(renderTotals(['none', 'start', 'none']), '3 machines: 1 to start, 2 unchanged\n')
  assert.is(renderTotals(['destroy', 'live', 'replace']), '3 machines: 1 to change live, 1 to replace, 1 to destroy\n')
  assert.is(renderTotals(['none']), '1 machine: 1 unchanged\n')
})

test.run()
