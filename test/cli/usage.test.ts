// Help, exit codes of wrong usage, colours, output that cannot be written.
import { spawn } from 'node:child_process'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { MAIN, makeWorkplace, type Ended, type Workplace } from './volt.ts'

const test = suite('command line: usage')
let place: Workplace

test.before(async () => {
  place = await makeWorkplace()
})
test.after(() => place.remove())

test('prints help with examples on stdout', async () => {
  const { code, stdout, stderr } = await place.volt('--help')
  assert.is(code, 0)
  assert.is(stderr, '')
  for (const command of ['run', 'apply', 'plan', 'validate', 'ps', 'logs', 'destroy', 'doctor', 'schema']) {
    assert.match(stdout, new RegExp(`^  ${command}\\b`, 'm'))
  }
  assert.match(stdout, 'volt apply vm.yaml')
  assert.match(stdout, 'Exit codes:')
})

test('prints help of a command', async () => {
  const { code, stdout } = await place.volt('plan', '--help')
  assert.is(code, 0)
  assert.match(stdout, '--host-facts <file>')
})

test('prints the version', async () => {
  const { code, stdout } = await place.volt('--version')
  assert.is(code, 0)
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/)
})

test('ends with 64 and a suggestion for what it does not know', async () => {
  const unknown = await place.volt('aply', 'vm.yaml')
  assert.is(unknown.code, 64)
  assert.is(unknown.stdout, '')
  assert.match(unknown.stderr, "unknown command 'aply'")
  assert.match(unknown.stderr, 'Did you mean apply?')
})

test('ends with 64 for missing, superfluous and contradictory words', async () => {
  const cases = [
    [],
    ['plan'],
    ['plan', 'a.yaml', 'b.yaml'],
    ['plan', '--frobnicate', 'a.yaml'],
    ['validate', '--format', 'xml', 'a.yaml'],
    ['schema', 'nothing'],
    ['destroy'],
    ['destroy', '--all', 'web'],
    ['destroy', 'web', '--timeout', 'soon'],
    ['ps', '--project', 'Not A Name'],
    ['doctor', '--json', '--facts'],
  ]
  for (const args of cases) {
    const { code, stdout, stderr } = await place.volt(...args)
    assert.is(code, 64, `volt ${args.join(' ')}`)
    assert.is(stdout, '')
    assert.not.match(stderr, /^\s+at /m)
  }
})

test('prints the schemas', async () => {
  for (const [args, id] of [
    [[], 'urn:volt:manifest:v1'],
    [['boot-plan'], 'urn:volt:boot-plan:v1'],
    [['host-facts'], 'urn:volt:host-facts:v1'],
  ] as const) {
    const { code, stdout } = await place.volt('schema', ...args)
    assert.is(code, 0)
    assert.is((JSON.parse(stdout) as { $id: string }).$id, id)
  }
})

test('lists no machines where there are none', async () => {
  const human = await place.volt('ps')
  assert.is(human.code, 0)
  assert.is(human.stdout, '')
  assert.equal(JSON.parse((await place.volt('ps', '--json')).stdout), { formatVersion: 1, vms: [] })
})

test('fails for a machine that does not exist', async () => {
  for (const args of [
    ['logs', 'web'],
    ['destroy', 'web'],
  ]) {
    const { code, stderr } = await place.volt(...args)
    assert.is(code, 1)
    assert.match(stderr, "error[NO_SUCH_VM]: there is no machine 'web'")
  }
})

test('fails when its output cannot be written, and ends quietly when nobody reads it', async () => {
  const shell = async (pipe: string): Promise<Ended> => {
    const command = `'${process.execPath}' '${MAIN}' schema ${pipe}`
    return place.finish(spawn('bash', ['-o', 'pipefail', '-c', command], { stdio: ['pipe', 'pipe', 'pipe'] }))
  }
  const full = await shell('> /dev/full')
  assert.is(full.code, 1)
  assert.match(full.stderr, 'error: cannot write to standard output: ')
  const head = await shell('| head -1')
  assert.equal([head.code, head.stdout, head.stderr], [0, '{\n', ''])
})

test('switches colours by FORCE_COLOR and NO_COLOR', async () => {
  const run = (env: Record<string, string>) => place.finish(place.start(['logs', 'web'], { env }))
  assert.match((await run({ FORCE_COLOR: '1' })).stderr, '\u001b[31m')
  assert.not.match((await run({ FORCE_COLOR: '1', NO_COLOR: '1' })).stderr, '\u001b')
  assert.not.match((await run({})).stderr, '\u001b')
})

test.run()
