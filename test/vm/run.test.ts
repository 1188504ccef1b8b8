// `volt run` at pipes, terminals and signals.
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { finish, helloManifest, MAIN, makeWorkplace, type Ended, type Workplace } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from './kvm.ts'

const test = suite('volt run')
const skip = whyNoMachines()
let place: Workplace

test.before(async () => {
  place = await makeWorkplace({
    'hello.yaml': helloManifest({ vcpus: 4 }),
    'stay.yaml': helloManifest({ cmdline: 'stay' }),
    'echo.yaml': helloManifest({ cmdline: 'echo' }),
    'two.yaml': helloManifest({ name: 'one' }) + '---\n' + helloManifest({ name: 'two' }),
  })
})
test.after(() => place.remove())

/** Resolves when the child's stream has given the text. */
async function says(child: ChildProcess, stream: 'stdout' | 'stderr', text: string): Promise<void> {
  let seen = ''
  child[stream]?.on('data', (chunk: Buffer) => (seen += chunk.toString()))
  await eventually(() => seen.includes(text), `${stream} says ${text}`)
}

/** `volt run` on a terminal of its own; what is typed comes after `ready` was seen. */
async function onTerminal(file: string, ready: string, typed: string): Promise<Ended> {
  const child = spawn(
    'script',
    ['-qec', `stty -a; '${process.execPath}' '${MAIN}' run ${file}; code=$?; stty -a; exit $code`, '/dev/null'],
    {
      cwd: place.directory,
      env: { ...process.env, XDG_STATE_HOME: place.stateHome, TERM: 'xterm' },
    },
  )
  const ended = finish(child, null)
  await says(child, 'stdout', ready)
  child.stdin.write(typed)
  return ended
}

test.skipIf(skip, 'boots four processors, with the console on stdout and stages on stderr', async () => {
  const { code, stdout, stderr } = await place.volt('run', 'hello.yaml')
  assert.is(code, 0, stderr)
  assert.match(stdout, 'OEM NOVAFLAR, product VOLT VM')
  assert.match(stdout, 'hello: 4 of 4 processors answered')
  assert.match(stderr, 'MP table 284 bytes, 22 entries at 0x9fc00')
  assert.match(stderr, 'hello: reset: ')
  assert.not.match(stdout, 'MP table 284 bytes')
})

test.skipIf(skip, 'shows no stages under --quiet', async () => {
  const { code, stderr } = await place.volt('run', '-q', 'hello.yaml')
  assert.is(code, 0)
  assert.is(stderr.trimEnd().split('\n').length, 1, stderr)
})

test.skipIf(skip, 'runs a saved plan', async () => {
  assert.is((await place.volt('plan', '-o', 'plan.json', 'hello.yaml')).code, 0)
  const { code, stdout } = await place.volt('run', 'plan.json')
  assert.is(code, 0)
  assert.match(stdout, 'hello: 4 of 4 processors answered')
})

test.skipIf(skip, 'takes one machine of several', async () => {
  const several = await place.volt('run', 'two.yaml')
  assert.is(several.code, 64)
  assert.match(several.stderr, 'choose with --vm: one, two')
  assert.is((await place.volt('run', '--vm', 'two', 'two.yaml')).code, 0)
  assert.is((await place.volt('run', '--vm', 'three', 'two.yaml')).code, 1)
})

test.skipIf(skip, 'feeds standard input to the console, more than its buffer holds', async () => {
  const sent = 'abcdefghijklmnopqrstuvwxyz0123456789\n'.repeat(500)
  const { code, stdout } = await place.finish(place.start(['run', '-q', 'echo.yaml']), sent + '\u0004')
  assert.is(code, 0)
  assert.match(stdout.replaceAll('\r', ''), sent.slice(0, -1))
})

for (const [signal, expected] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  test.skipIf(skip, `stops the guest and ends with ${expected} on ${signal}`, async () => {
    const child = place.start(['run', 'stay.yaml'])
    const ended = place.finish(child)
    await says(child, 'stdout', 'staying')
    child.kill(signal)
    const { code, stderr } = await ended
    assert.is(code, expected)
    assert.match(stderr, 'hello: stopped: ')
  })
}

test.skipIf(skip, 'lets the guest go on when the reader of its console goes away', async () => {
  const child = place.start(['run', 'hello.yaml'])
  child.stdout?.destroy()
  const { code, stderr } = await place.finish(child)
  assert.is(code, 0)
  assert.match(stderr, 'hello: reset: ')
})

test.skipIf(skip, 'ends by a signal although nobody reads a full pipe of console output', async () => {
  const child = spawn('sh', ['-c', `"$0" "$@" | sleep 1000`, process.execPath, MAIN, 'run', 'echo.yaml'], {
    cwd: place.directory,
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  })
  child.stdin.on('error', () => undefined)
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  await eventually(() => stderr.includes('Compiled'), 'the guest is compiled')
  child.stdin.write('x'.repeat(300_000))
  await new Promise((done) => setTimeout(done, 1500))
  // SAFETY: a process group of our own, made by `detached`.
  process.kill(-(child.pid ?? 0), 'SIGTERM')
  await eventually(() => child.exitCode !== null || child.signalCode !== null, 'the shell has ended')
  await eventually(() => stderr.includes('hello: stopped: '), 'the guest was stopped')
})

const noTerminal = skip || (existsSync('/usr/bin/script') ? false : 'script(1) is not installed')

test.skipIf(noTerminal, 'ends on Ctrl-] at a terminal and gives the terminal back as it was', async () => {
  const { code, stdout } = await onTerminal('stay.yaml', 'staying', '\u001d')
  assert.is(code, 0, stdout)
  assert.match(stdout, 'Ctrl-] ends the machine.')
  const settings = stdout.match(/-?icanon\b|-?echo\b(?=.*echoe)/g) ?? []
  assert.is(settings.length, 4, stdout)
  assert.equal(settings.slice(0, 2), settings.slice(2))
  assert.match(stdout, '\u001b[?25h')
})

test.skipIf(noTerminal, 'passes Ctrl-C of a terminal to the guest', async () => {
  const { code, stdout } = await onTerminal('echo.yaml', 'until Ctrl-D', 'a\u0003b\u0004')
  assert.is(code, 0, stdout)
  assert.match(stdout, 'a\u0003b')
})

test.skipIf(skip, 'does not read a manifest and the console from the same standard input', async () => {
  const { code, stdout } = await place.finish(place.start(['run', '-']), helloManifest())
  assert.is(code, 0)
  assert.match(stdout, 'processors answered')
})

test.run()
