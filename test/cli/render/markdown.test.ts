// What stands in a manifest stays text in a pull request: no markup, no link, no mention, no end of a table or block.
import * as assert from 'uvu/assert'
import { markdownCode, markdownDetails, markdownTable, markdownText } from '../../../src/cli/render/markdown.ts'
import { suite } from '../../suite.ts'

const test = suite('text in Markdown')

test('code is fenced by more backquotes than it has, and ends no cell', () => {
  assert.is(markdownCode('a|b'), '`a\\|b`')
  assert.is(markdownCode('a`b``c'), '```a`b``c```')
  assert.is(markdownCode('`a'), '`` `a ``')
  assert.is(markdownCode('one\r\n| two |\n'), '`one \\| two \\|`')
  assert.is(markdownCode(''), '')
})

test('text shows its characters', () => {
  assert.is(markdownText('a <b> & [c](d) *e* _f_ `g` | h'), 'a &lt;b> &amp; \\[c\\](d) \\*e\\* \\_f\\_ \\`g\\` \\| h')
  assert.is(
    markdownText('@someone #12\nsee https://a.b www.c.d'),
    '@<!-- -->someone \\#12 see https&#58;//a.b www&#46;c.d',
  )
})

test('a table has a line for each row, a block is as long as its text', () => {
  assert.is(markdownTable(['a', 'b'], [['1', '2']]), '| a | b |\n| --- | --- |\n| 1 | 2 |\n')
  const block = markdownDetails('<x>', 'one\n```\n</details>\n')
  assert.is(block, '<details><summary>&lt;x></summary>\n\n````text\none\n```\n</details>\n````\n\n</details>\n')
})

test.run()
