// volt agent, and what exec says of its words, without a machine.
import * as assert from 'uvu/assert'
import { AGENT_FILE } from '../../src/host/built-files.ts'
import { withoutAgent } from '../run/support-agent.ts'
import { suite } from '../suite.ts'
import { makeWorkplace, type Workplace } from './volt.ts'

const test = suite('command line: agent')
let place: Workplace

test.before(async () => {
  place = await makeWorkplace()
})
test.after(() => place.remove())

test.skipIf(withoutAgent, 'says where the agent is, and writes it as an archive', async () => {
  assert.equal(await place.volt('agent', 'path'), { code: 0, signal: null, stdout: `${AGENT_FILE}\n`, stderr: '' })
  const json = JSON.parse((await place.volt('agent', 'path', '--json')).stdout) as object
  assert.equal(json, { formatVersion: 1, path: AGENT_FILE, port: 717 })
  const { code, stdout } = await place.volt('agent', 'cpio')
  assert.is(code, 0)
  assert.ok(stdout.startsWith('070701'))
})

test('exec refuses what is no command line, before it looks for a machine', async () => {
  const wrong = [
    ['exec'],
    ['exec', 'web'],
    ['exec', 'web', '--env', '=x', '--', 'true'],
    ['exec', 'web', '--env', 'NOT_SET_ANYWHERE', '--', 'true'],
    ['exec', 'web', '--timeout', '3 days', '--', 'true'],
    ['exec', 'web', '-t', '--json', '--', 'true'],
    ['exec', 'web', '-t', '--', 'true'],
    ['shell', 'web', '--by', 'magic'],
  ]
  for (const words of wrong) {
    const { code, stdout } = await place.volt(...words)
    assert.is(code, 64, words.join(' '))
    assert.is(words.includes('--json') ? '' : stdout, '')
  }
  assert.match((await place.volt('exec', 'web', '--', 'true')).stderr, 'NO_SUCH_VM')
})

test('help has examples', async () => {
  for (const words of [['exec'], ['shell'], ['agent']]) {
    const { code, stdout } = await place.volt(...words, '--help')
    assert.is(code, 0)
    assert.match(stdout, 'Examples:')
  }
})

test.run()
