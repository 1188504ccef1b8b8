// Widths, escapes, tables and units on a terminal.
import * as assert from 'uvu/assert'
import { displayWidth, printable } from '../../../src/cli/render/display-text.ts'
import { renderTable } from '../../../src/cli/render/table.ts'
import { formatDuration, plural } from '../../../src/cli/render/units.ts'
import { wrapText } from '../../../src/cli/render/wrap-text.ts'
import { suite } from '../../suite.ts'

const test = suite('text for a terminal')

test('aligns columns by what they take on the screen', () => {
  assert.is(
    renderTable(
      [
        ['名前', 'x'],
        ['a', 'yy'],
        ['longer', ''],
      ],
      ' ',
    ),
    ' 名前    x\n a       yy\n longer\n',
  )
  assert.is(renderTable([]), '')
})

test('breaks text at blanks, and commands between backquotes never', () => {
  assert.is(wrapText('load (`modprobe kvm_intel`) now', 14, '  '), '  load\n  (`modprobe kvm_intel`)\n  now')
  assert.is(wrapText('one two three', 9, ' '), ' one two\n three')
})

test('makes one printable line of anything', () => {
  assert.is(printable('a\nb\r\u001b]0;x\u0007'), 'a\\x0ab\\x0d\\x1b]0;x\\x07')
  assert.is(printable('\ud800x'), '\\ud800x')
  assert.is(printable('a\u2066b\u009b'), 'a\\u2066b\\x9b')
  assert.is(printable('naïve 名前 👩‍🚀'), 'naïve 名前 👩‍🚀')
})

test('measures graphemes, not code units', () => {
  assert.is(displayWidth('abc'), 3)
  assert.is(displayWidth('👩‍🚀'), 2)
  assert.is(displayWidth('e\u0301'), 1)
  assert.is(displayWidth('ｗｉｄｅ'), 8)
})

test('shortens durations to two units', () => {
  const seconds = [0, 59, 60, 3599, 3600, 86_399, 86_400, 900_000]
  assert.equal(
    seconds.map((value) => formatDuration(value * 1000)),
    ['0s', '59s', '1m 0s', '59m 59s', '1h 0m', '23h 59m', '1d 0h', '10d 10h'],
  )
  assert.is(formatDuration(-5), '0s')
})

test('counts in singular and plural', () => {
  assert.equal(
    [plural(0, 'machine'), plural(1, 'machine'), plural(2, 'entry', 'entries')],
    ['0 machines', '1 machine', '2 entries'],
  )
})

test.run()
