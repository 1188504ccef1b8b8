// What a machine says, whose guest may have broken out, tells a terminal nothing.
import * as assert from 'uvu/assert'
import { renderTable } from '../../../src/cli/render/table.ts'
import { tamed } from '../../../src/cli/render/tame-console.ts'
import { suite } from '../../suite.ts'

const test = suite('hostile text for a terminal')

test('a table shows the controls in its cells', () => {
  const rows = [
    ['missing', 'seccomp: \x1b]0;owned\x07'],
    ['a\nb', 'c'],
  ]
  assert.is(renderTable(rows), 'missing  seccomp: \\x1b]0;owned\\x07\na\\x0ab   c\n')
})

async function tame(...chunks: string[]): Promise<string> {
  let text = ''
  for await (const part of tamed((async function* () { yield* chunks.map((chunk) => Buffer.from(chunk, 'latin1')) })())) text += part // prettier-ignore
  return text
}

test('a log keeps its lines and loses its colours, wherever the chunks end', async () => {
  const log = '[\x1b[0;32m  OK  \x1b[0m] up\r\r\nlogin: \tx'
  assert.is(await tame(log), '[  OK  ] up\nlogin: \tx')
  assert.is(await tame(...log), '[  OK  ] up\nlogin: \tx')
})

test('a log has no escape, no title, no cursor and no character of eight bits that a terminal obeys', async () => {
  const log = '\x1b]0;t\x07 \x1b[2J \x1b[6n \x9b2J a\rb \x1b['
  const text = await tame(Buffer.from(log).toString('latin1'))
  assert.is(text, '\\x1b]0;t\\x07 \\x1b[2J \\x1b[6n \\x9b2J a\nb \\x1b[')
  // eslint-disable-next-line no-control-regex
  assert.not.match(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
})

test.run()
