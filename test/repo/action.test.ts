// The action's steps run as GitHub runs them: in bash, with its files and variables, and the volt of this tree on the path.
// timeout: 600 s
import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { AMD_FACTS, helloManifest, MAIN, makeWorkplace, type Workplace } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { readSource, root } from './sources.ts'

const test = suite('the action and the hooks')
const run = promisify(execFile)

interface Step {
  name: string
  if?: string
  shell: string
  env: Record<string, string>
  run: string
}

const action = parse(readSource('action.yml')) as {
  inputs: Record<string, { description: string }>
  runs: { using: string; steps: Step[] }
}
let place: Workplace

test.before(async () => {
  place = await makeWorkplace({ 'vm.yaml': helloManifest({ vcpus: 2 }) })
  await cp(AMD_FACTS, join(place.directory, 'host.json'))
  await git('init', '-q')
  await git('add', '.')
  await git('commit', '-q', '-m', 'base')
  const bin = join(place.stateHome, 'bin')
  await mkdir(bin, { recursive: true })
  await writeFile(join(bin, 'volt'), `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`)
  await chmod(join(bin, 'volt'), 0o755)
})
test.after(() => place.remove())

async function git(...args: string[]): Promise<string> {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid']
  return (await run('git', [...who, ...args], { cwd: place.directory })).stdout.trim()
}

interface Job {
  code: number
  stdout: string
  summary: string
  output: string
}

/** The step of that name, with values for the expressions of its variables. */
async function step(name: string, values: Record<string, string>): Promise<Job> {
  const found = action.runs.steps.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no step ${name}`)
  const [summary, output] = ['summary', 'output'].map((file) => join(place.stateHome, file)) as [string, string]
  await Promise.all([writeFile(summary, ''), writeFile(output, '')])
  const env = {
    ...process.env,
    ...Object.fromEntries(Object.entries(found.env).map(([key, expression]) => [key, valueOf(expression, values)])),
    PATH: `${join(place.stateHome, 'bin')}:${process.env['PATH']}`,
    XDG_STATE_HOME: place.stateHome,
    GITHUB_ACTION_PATH: root.replace(/\/$/, ''),
    GITHUB_STEP_SUMMARY: summary,
    GITHUB_OUTPUT: output,
  }
  const ended = await run('bash', ['-e', '-o', 'pipefail', '-c', found.run], { cwd: place.directory, env }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: { code: number; stdout: string }) => ({ code: error.code, stdout: error.stdout }),
  )
  return { ...ended, summary: await readFile(summary, 'utf8'), output: await readFile(output, 'utf8') }
}

/** `${{ inputs.files }}`; what is not given is empty, as GitHub has it. */
function valueOf(expression: string, values: Record<string, string>): string {
  const [, name = ''] = /^\$\{\{ (\S+) \}\}$/.exec(expression) ?? []
  assert.ok(name !== '', expression)
  return values[name] ?? ''
}

test('is a composite action whose inputs are described and come as variables, never inside a script', () => {
  assert.is(action.runs.using, 'composite')
  for (const { description } of Object.values(action.inputs)) assert.match(description, /^[A-Z]/)
  for (const { run: script, shell } of action.runs.steps) {
    assert.is(shell, 'bash')
    assert.not.match(script, '${{')
  }
})

test('validates: annotations on stdout, a table in the summary, the exit code of volt', async () => {
  const good = await step('Validate', { 'inputs.files': 'vm.yaml' })
  assert.equal([good.code, good.stdout, good.summary], [0, '', '### Volt: vm.yaml: valid, 1 machine\n'])
  await place.write('bad.yaml', 'vcpus: no\n')
  const bad = await step('Validate', { 'inputs.files': 'vm.yaml\nbad.yaml\n' })
  assert.is(bad.code, 3)
  assert.match(bad.stdout, /^::error file=bad\.yaml,line=1,/)
  assert.match(bad.summary, '### Volt: ')
  assert.match(bad.summary, '`bad.yaml:1:')
})

test('plans against the base of a pull request, and says whether something changes', async () => {
  const base = await git('rev-parse', 'HEAD')
  const values = { 'inputs.files': 'vm.yaml new.yaml', 'inputs.host-facts': 'host.json' }
  await place.write('new.yaml', helloManifest({ name: 'new' }))
  await place.write('vm.yaml', helloManifest({ vcpus: 4 }))
  const changed = await step('Plan', { ...values, 'github.event.pull_request.base.sha': base })
  assert.is(changed.code, 0, changed.stdout)
  assert.is(changed.output, 'changes=true\n')
  assert.match(changed.summary, '| `vcpus` | `2` | `4` | restart |')
  assert.match(changed.summary, '#### + `new` would be started')
  assert.is((await git('worktree', 'list')).split('\n').length, 1)
  await place.write('vm.yaml', helloManifest({ vcpus: 2 }))
  const same = { ...values, 'inputs.files': 'vm.yaml', 'github.event.pull_request.base.sha': base }
  assert.is((await step('Plan', same)).output, 'changes=false\n')
})

test('plans without a base, and fails for a manifest with errors', async () => {
  const values = { 'inputs.files': 'vm.yaml', 'inputs.host-facts': 'host.json' }
  const { code, summary } = await step('Plan', values)
  assert.is(code, 0)
  assert.match(summary, '#### + `hello` would be started')
  await place.write('bad.yaml', 'vcpus: no\n')
  assert.is((await step('Plan', { ...values, 'inputs.files': 'bad.yaml' })).code, 3)
})

test('the hooks of pre-commit are commands that volt has, for names that people give', () => {
  const hooks = parse(readSource('.pre-commit-hooks.yaml')) as { id: string; entry: string; files: string }[]
  assert.equal(
    hooks.map(({ id, entry }) => [id, entry]),
    [
      ['volt-validate', 'volt validate'],
      ['volt-fmt', 'volt fmt'],
    ],
  )
  for (const { files } of hooks) {
    for (const name of ['vm.yaml', 'a/vm.yml', 'web.vm.yaml', 'b/web.volt.yaml']) assert.match(name, new RegExp(files))
    for (const name of ['values.yaml', 'xvm.yaml', 'vm.yaml.orig']) assert.not.match(name, new RegExp(files))
  }
})

test('the recipe of docs/ci.md for the schema alone does what it says', async () => {
  const [, recipe = ''] = /```sh\n(python3 - volt\.schema\.json.*?)\n```/s.exec(readSource('docs/ci.md')) ?? []
  await place.write('volt.schema.json', (await place.volt('schema')).stdout)
  const check = (manifest: string): Promise<string> =>
    run('bash', ['-c', recipe.replace('vm.yaml', manifest)], { cwd: place.directory }).then(
      () => 'valid',
      (error: { stdout: string }) => error.stdout,
    )
  await place.write('two.yaml', `${helloManifest()}---\n${helloManifest({ name: 'two' })}disk: []\n`)
  const there = await run('python3', ['-c', 'import jsonschema, yaml']).then(() => true).catch(() => false) // prettier-ignore
  assert.ok(there, 'python3-jsonschema and python3-yaml are installed by scripts/setup test')
  assert.is(await check('vm.yaml'), 'valid')
  assert.match(await check('two.yaml'), "'disk' was unexpected")
})

test.run()
