// Help, exit codes of wrong usage, colours, output that cannot be written.
import { spawn } from 'node:child_process'
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { helloManifest, MAIN, makeWorkplace, type Ended, type Workplace } from './volt.ts'

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
  for (const command of [
    'run',
    'apply',
    'plan',
    'validate',
    'ps',
    'logs',
    'inspect',
    'set',
    'destroy',
    'doctor',
    'schema',
  ]) {
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
  assert.match(stdout, /^\d+\.\d+\.\d+\nengine: built here\nmanifest: volt\/v1\nboot plan: format 1\n$/)
  assert.is((await place.volt('version')).stdout, stdout)
})

test('ends with 64 and a suggestion for what it does not know', async () => {
  const unknown = await place.volt('aply', 'vm.yaml')
  assert.is(unknown.code, 64)
  assert.is(unknown.stdout, '')
  assert.match(unknown.stderr, "unknown command 'aply'")
  assert.match(unknown.stderr, 'Did you mean apply?')
})

test('tells all options that are wrong at once', async () => {
  const { code, stderr } = await place.volt('export', 'k8s', '--frob', '--colour=red', 'vm.yaml')
  assert.is(code, 64)
  assert.match(stderr, 'not known: --frob, --colour; missing: -o, --output <directory>; --image <reference>')
  assert.match(stderr, '`volt export k8s --help`')
  const one = await place.volt('export', 'systemd', 'vm.yaml', '-o', '--out', '--hostfacts', 'x')
  assert.match(one.stderr, "unknown option '--hostfacts'")
  assert.is((await place.volt('export', 'k8s', '--frob', '--help')).code, 0)
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
    ['stop', 'web', '--timeout', '25h'],
    ['ps', '--project', 'Not A Name'],
    ['inspect'],
    ['set', 'web'],
    ['set', 'web', 'balloon'],
    ['frobnicate', '--help'],
  ]
  for (const args of cases) {
    const { code, stdout, stderr } = await place.volt(...args)
    assert.is(code, 64, `volt ${args.join(' ')}`)
    assert.is(stdout, '')
    assert.not.match(stderr, /^\s+at /m)
  }
})

test('names its own command for one of another tool', async () => {
  for (const [word, ours] of [
    ['up', 'volt apply'],
    ['down', 'volt destroy'],
    ['status', 'volt ps'],
    ['attach', 'volt console'],
  ] as const) {
    const { code, stderr } = await place.volt(word, '--help')
    assert.is(code, 64)
    assert.match(stderr, new RegExp(`unknown command '${word}'\n  = help: .${ours}`))
  }
})

test('under --json, errors are JSON on stdout and nothing is on stderr', async () => {
  for (const [args, code, expected] of [
    [['doctor', '--json', '--facts'], 64, 'USAGE'],
    [['plan', '--json'], 64, 'USAGE'],
    [['frobnicate', '--json'], 64, 'USAGE'],
    [['inspect', '--json', 'web'], 1, 'NO_SUCH_VM'],
    [['set', '--json', 'web', 'balloon=lots'], 64, 'USAGE'],
    [['destroy', '--json', 'web'], 1, 'NO_SUCH_VM'],
    [['stop', '--json', '--project', 'Not A Name', 'web'], 64, 'USAGE'],
  ] as const) {
    const ended = await place.volt(...args)
    const { formatVersion, error } = JSON.parse(ended.stdout) as {
      formatVersion: number
      error: { code: string; message: string; hint?: string }
    }
    assert.equal([ended.code, ended.stderr, formatVersion, error.code], [code, '', 1, expected], args.join(' '))
    assert.not.match(error.message, /^error|\n/)
  }
})

test('under --json, errors of a manifest are those of validate --format json', async () => {
  await place.write('bad.yaml', 'vcpus: no\n')
  const planned = await place.volt('plan', '--json', 'bad.yaml')
  assert.equal([planned.code, planned.stderr], [3, ''])
  const report = JSON.parse(planned.stdout) as { error: { code: string }; diagnostics: unknown[] }
  assert.is(report.error.code, 'MANIFEST_INVALID')
  const validated = await place.volt('validate', '--format', 'json', 'bad.yaml')
  assert.equal(report.diagnostics, (JSON.parse(validated.stdout) as { diagnostics: unknown[] }).diagnostics)
})

test('says that there is nothing to end, of all and of a file', async () => {
  await place.write('vm.yaml', helloManifest())
  for (const args of [
    ['destroy', '--all'],
    ['stop', '--all'],
    ['destroy', 'vm.yaml'],
  ]) {
    const { code, stderr } = await place.volt(...args)
    assert.is(code, 0, stderr)
    assert.match(stderr, `nothing to ${args[0]}: `)
  }
  const { code, stderr } = await place.finish(place.start(['destroy', '-']), helloManifest())
  assert.equal([code, stderr.startsWith('nothing to destroy: ')], [0, true])
})

test('does not take another directory of the same name for this one', async () => {
  const project = join(place.stateHome, 'volt', 'lab')
  await mkdir(join(project, 'web'), { recursive: true })
  await writeFile(join(project, 'project.json'), '{"formatVersion":1,"path":"/srv/lab"}\n')
  for (const command of ['destroy', 'stop']) {
    const { code, stderr } = await place.volt(command, '--all')
    assert.is(code, 1)
    assert.match(stderr, 'error[PROJECT_MISMATCH]')
  }
  assert.equal(await readdir(project), ['project.json', 'web'])
  await rm(project, { recursive: true })
})

test('says what to set where the state cannot be read', async () => {
  const file = await place.write('file', '')
  await mkdir(join(place.directory, 'home'))
  await symlink(file, join(place.directory, 'home', 'volt'))
  const env = { XDG_STATE_HOME: join(place.directory, 'home') }
  const { code, stderr } = await place.finish(place.start(['ps'], { env }))
  assert.is(code, 1)
  assert.match(stderr, 'error[STATE_UNREADABLE]')
  assert.match(stderr, 'XDG_STATE_HOME')
})

test('prints the schemas', async () => {
  for (const [args, id] of [
    [[], 'urn:volt:manifest-file:v1'],
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
    ['inspect', 'web'],
    ['set', 'web', 'balloon=64MiB'],
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
