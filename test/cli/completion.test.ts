// `volt completion` in real shells: what each offers where somebody types.
import { execFile } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { createContext } from '../../src/cli/context.ts'
import { allCommands, modelOf } from '../../src/cli/completion/command-model.ts'
import { createProgram } from '../../src/cli/program.ts'
import { suite } from '../suite.ts'
import { helloManifest, MAIN, makeWorkplace, type Workplace } from './volt.ts'

const test = suite('command line: completion')
const run = promisify(execFile)
let place: Workplace
let path: string

async function isThere(shell: string): Promise<boolean> {
  return run(shell, ['-c', 'exit 0']).then(
    () => true,
    () => false,
  )
}
const [bash, zsh, fish] = await Promise.all(['bash', 'zsh', 'fish'].map(isThere))

test.before(async () => {
  place = await makeWorkplace({ 'web.yaml': helloManifest({ name: 'front' }), 'wells.yaml': 'other: 1\n' })
  await mkdir(join(place.directory, 'machines'))
  await place.write('machines/db.yaml', helloManifest({ name: 'db' }))
  // A machine that has been applied, by its record alone.
  await mkdir(join(place.stateHome, 'volt', 'lab', 'webserver'), { recursive: true })
  const bin = join(place.directory, '.bin')
  await mkdir(bin)
  await writeFile(join(bin, 'volt'), `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`)
  await chmod(join(bin, 'volt'), 0o755)
  path = `${bin}:${process.env['PATH']}`
})
test.after(() => place.remove())

/** What the program of that shell prints, with volt on its path. */
async function shell(name: string, args: string[]): Promise<string[]> {
  const env = { ...process.env, PATH: path, XDG_STATE_HOME: place.stateHome, HOME: place.directory, TERM: 'dumb' }
  const { stdout } = await run(name, args, { cwd: place.directory, env, timeout: 120_000 })
  return stdout.split('\n').filter((line) => line !== '')
}

/** Lines, the last word is being typed → what is offered. */
const CASES: readonly (readonly [string, readonly string[]])[] = [
  ['volt va', ['validate']],
  ['volt export sys', ['systemd']],
  ['volt plan --det', ['--detailed-exitcode', '--details']],
  ['volt plan --format s', ['sarif']],
  ['volt completion f', ['fish']],
  ['volt stop webs', ['webserver']],
  ['volt plan w', ['web.yaml']],
  ['volt plan machines/d', ['machines/db.yaml']],
  ['volt plan --vm fr', ['front']],
  ['volt plan --vm validate web', ['web.yaml']],
  ['volt explain disks.rateLimit.o', ['disks.rateLimit.ops', 'disks.rateLimit.ops.burst', 'disks.rateLimit.ops.rate']],
]

test('the model has every command, and knows what its arguments are', () => {
  const model = modelOf(createProgram(createContext([])))
  const names = allCommands(model).map((command) => command.path.join(' '))
  for (const name of ['volt apply', 'volt export systemd', 'volt fmt']) assert.ok(names.includes(name), name)
  assert.not(names.some((name) => name.includes('__complete')))
  const plan = allCommands(model).find((command) => command.path.join(' ') === 'volt plan')
  assert.equal(plan?.arguments, [{ name: 'file', variadic: false, value: 'manifest' }])
  assert.equal(plan?.options.find(({ flags }) => flags.includes('--vm'))?.value, 'declared')
  assert.equal(plan?.options.find(({ flags }) => flags.includes('--prune'))?.value, undefined)
})

test.skipIf(bash ? false : 'no bash', 'bash offers what fits', async () => {
  const calls = CASES.map(([line]) => `COMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _volt; echo "\${COMPREPLY[*]}"`) // prettier-ignore
  const offered = await shell('bash', ['-c', `eval "$(volt completion bash)"; ${calls.join('\n')}`])
  for (const [index, [line, words]] of CASES.entries()) {
    assert.equal((offered[index] ?? '').split(' ').sort(), [...words].sort(), line)
  }
})

test.skipIf(bash ? false : 'no bash', 'bash knows values behind =', async () => {
  const words = ['volt', 'plan', '--format', '=', 'mark'].join(' ')
  const body = `COMP_WORDS=(${words}); COMP_CWORD=4; _volt; echo "\${COMPREPLY[*]}"`
  assert.equal(await shell('bash', ['-c', `eval "$(volt completion bash)"; ${body}`]), ['markdown'])
})

test.skipIf(fish ? false : 'no fish', 'fish offers what fits, with descriptions', async () => {
  const calls = CASES.map(([line]) => `complete -C '${line}' | string split -f1 \\t | string join ' '`)
  const offered = await shell('fish', ['--no-config', '-c', `volt completion fish | source\n${calls.join('\n')}`])
  for (const [index, [line, words]] of CASES.entries()) {
    assert.equal((offered[index] ?? '').split(' ').sort(), [...words].sort(), line)
  }
  const described = await shell('fish', ['--no-config', '-c', "volt completion fish | source; complete -C 'volt va'"])
  assert.match(described[0] ?? '', /^validate\tcheck manifests/)
})

/** Types each line and a tab in a zsh of its own, and tells what stands there then. */
const ZSH = `zmodload zsh/zpty
zpty inner zsh -f -i
say() { zpty -w inner "$1" }
until_mark() { local out= chunk; while zpty -r inner chunk; do out+=$chunk; [[ $out == *'<<'*'>>'* ]] && break; done; print -r -- \${\${out##*<<}%%>>*} }
say "PS1= PS2=; unsetopt beep zle_bracketed_paste 2>/dev/null; autoload -Uz compinit; compinit -u -D; source <(volt completion zsh); show() { print -r -- '<''<'\\$BUFFER'>''>' }; zle -N show; bindkey '^X' show; setopt menu_complete"
for line in "$@"; do
  zpty -n -w inner "$line"$'\\t\\x18'
  until_mark
  zpty -n -w inner $'\\x15'
done
zpty -d inner`

test.skipIf(zsh ? false : 'no zsh', 'zsh completes what is typed', async () => {
  const cases = CASES.filter(([, words]) => words.length === 1)
  const shown = await shell('zsh', ['-f', '-c', ZSH, 'zsh', ...cases.map(([line]) => line)])
  for (const [index, [line, [word = '']]] of cases.entries()) {
    assert.is(shown[index]?.trim(), line.replace(/\S+$/, word), line)
  }
})

test('what is asked for while typing ends with 0 and without a word on stderr', async () => {
  for (const args of [['manifest', '/nonexistent/'], ['vm', 'no'], ['declared']]) {
    const { code, stdout, stderr } = await place.volt('__complete', ...args)
    assert.equal([code, stderr], [0, ''])
    if (args[0] !== 'declared') assert.is(stdout, '')
  }
})

test.run()
