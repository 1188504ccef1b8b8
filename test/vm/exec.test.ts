// volt exec and volt shell on a machine that runs. Its guest has no vsock driver: the agent answers in its place, at a socket
// that is put where the machine's is.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, rename } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { finish, helloManifest, MAIN, type Workplace } from '../cli/volt.ts'
import { encodeFrame, KIND } from '../../src/run/agent-frames.ts'
import { agentGuest, fakeGuest, withoutAgent } from '../run/support-agent.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from './kvm.ts'
import { isAlive, withPlace } from './place.ts'

const test = suite('volt exec')
const skip = whyNoMachines() || withoutAgent
const withoutPasst = existsSync('/usr/bin/passt') ? false : 'there is no passt'
const withoutScript = existsSync('/usr/bin/script') ? false : 'there is no script (bsdutils)'

const HELLO = encodeFrame(KIND.hello, Buffer.from([1, 0]))
const manifest = `${helloManifest({ cmdline: 'stay', stopTimeout: '300ms' })}vsock: { path: ./v.sock }\n`

async function withAgent(body: (place: Workplace) => Promise<void>): Promise<void> {
  await withPlace({ 'vm.yaml': manifest }, async (place) => {
    assert.is((await place.volt('apply', 'vm.yaml')).code, 0)
    const guest = await agentGuest(join(place.directory, 'agent.sock'))
    try {
      await rename(guest.path, join(place.directory, 'v.sock'))
      await body(place)
    } finally {
      await guest.close()
    }
  })
}

test.skipIf(skip, 'passes streams, exit codes and environment through', async () => {
  await withAgent(async (place) => {
    const command = ['sh', '-c', 'echo "$A $B $(pwd)"; echo oops >&2; exit 42']
    const ran = await place.finish(
      place.start(['exec', 'hello', '--env', 'A=1', '--env', 'B', '--cwd', '/usr', '--', ...command], {
        env: { B: 'from here' },
      }),
    )
    assert.equal([ran.code, ran.stdout, ran.stderr], [42, '1 from here /usr\n', 'oops\n'])
    assert.is((await place.volt('exec', 'hello', '--', 'sh', '-c', 'kill -9 $$')).code, 137)
    const piped = await place.finish(place.start(['exec', 'hello', '-i', '--', 'wc', '-c']), 'x'.repeat(300_000))
    assert.is(piped.stdout.trim(), '300000')
    const silent = await place.finish(place.start(['exec', 'hello', '--', 'wc', '-c']), 'not for it')
    assert.is(silent.stdout.trim(), '0')
    const json = await place.volt('exec', 'hello', '--json', '--', ...command)
    assert.equal(JSON.parse(json.stdout), {
      formatVersion: 1,
      exitCode: 42,
      signal: null,
      stdout: '  /\n',
      stderr: 'oops\n',
    })
    assert.is(json.code, 42)
  })
})

test.skipIf(skip, 'says what went wrong, each with its code', async () => {
  await withAgent(async (place) => {
    const missing = await place.volt('exec', 'hello', '--', 'no-such-command')
    assert.is(missing.code, 127)
    assert.match(missing.stderr, 'error[NO_SUCH_COMMAND]: in the guest: cannot run no-such-command')
    const late = await place.volt('exec', 'hello', '--timeout', '300ms', '--', 'sleep', '100')
    assert.is(late.code, 6)
    assert.match(late.stderr, 'error[WAIT_TIMEOUT]')
    assert.is((await place.volt('exec', 'hello', '-t', '--', 'sh')).code, 64)
    assert.is((await place.volt('exec', 'hello')).code, 64)
    const shell = await place.volt('shell', 'hello')
    assert.is(shell.code, 64)
    assert.match(shell.stderr, '`volt exec')
  })
})

test.skipIf(
  skip,
  'an agent that never greets is cut off by --timeout, and what it says reaches no terminal raw',
  async () => {
    await withPlace({ 'vm.yaml': manifest }, async (place) => {
      assert.is((await place.volt('apply', 'vm.yaml')).code, 0)
      for (const [said, code, words] of [
        [Buffer.alloc(0), 6, ['--timeout', '300ms']],
        [Buffer.concat([HELLO, encodeFrame(KIND.failed, Buffer.from('\x02\0\0\0\x1b]0;owned\x07'))]), 127, []],
      ] as const) {
        const guest = await fakeGuest((program) => program.write(said), join(place.directory, 'fake.sock'))
        await rename(guest.path, join(place.directory, 'v.sock'))
        const ended = await place.volt('exec', 'hello', ...words, '--', 'true')
        assert.is(ended.code, code, ended.stderr)
        for (const control of ['\x1b', '\x07']) assert.not.match(ended.stdout + ended.stderr, control)
        await guest.close()
      }
    })
  },
)

test.skipIf(skip, 'Ctrl-C ends the command', async () => {
  await withAgent(async (place) => {
    const child = place.start([
      'exec',
      'hello',
      '--',
      'sh',
      '-c',
      'trap "echo cleaned; exit 3" INT; echo on; while :; do sleep 0.1; done',
    ])
    let said = ''
    child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const ended = place.finish(child, null)
    await eventually(() => said === 'on\n', 'the command runs')
    child.kill('SIGINT')
    assert.is((await ended).code, 130)
    assert.is(said, 'on\ncleaned\n')
  })
})

test.skipIf(skip, 'a guest without an agent and a machine without a vsock are told apart', async () => {
  await withPlace({ 'vm.yaml': helloManifest({ cmdline: 'stay', stopTimeout: '300ms' }) }, async (place) => {
    assert.is((await place.volt('apply', 'vm.yaml')).code, 0)
    const without = await place.volt('exec', 'hello', '--', 'true')
    assert.is(without.code, 1)
    assert.match(without.stderr, 'error[NO_SUCH_DEVICE]')
    await place.write('vm.yaml', manifest)
    assert.is((await place.volt('apply', '--yes', 'vm.yaml')).code, 0)
    const deaf = await place.volt('exec', 'hello', '--', 'true')
    assert.is(deaf.code, 1)
    assert.match(deaf.stderr, 'error[NO_AGENT]')
    assert.match(deaf.stderr, 'docs/agent.md')
  })
})

/** volt on a terminal of script(1); `answer` says what is typed once it has said something, and is asked after each chunk. */
async function onTerminal(
  place: Workplace,
  words: string,
  answer: (said: string) => string | undefined,
  env: Record<string, string> = {},
) {
  const line = `stty cols 90 rows 30; '${process.execPath}' '${MAIN}' ${words}`
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    cwd: place.directory,
    env: { ...process.env, XDG_STATE_HOME: place.stateHome, ...env },
  })
  let said = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    const next = answer(said)
    if (next !== undefined) child.stdin?.write(next)
  })
  const { code } = await finish(child, null)
  return { code, said }
}

/** Each answer once, when what it waits for was said. */
function dialogue(steps: [after: RegExp, answer: string][]) {
  let index = 0
  return (said: string): string | undefined => {
    const step = steps[index]
    if (step === undefined || !step[0].test(said)) return undefined
    index++
    return step[1]
  }
}

test.skipIf(
  skip || withoutScript,
  'shell by the agent: a terminal of the right size, and the shell’s exit code',
  async () => {
    await withAgent(async (place) => {
      const typed = dialogue([
        [/by its agent; Ctrl-\] leaves/, 'stty size; echo on-$((40+2))\n'],
        [/30 90[^]*on-42/, 'exit 5\n'],
      ])
      const { code, said } = await onTerminal(place, 'shell hello', typed)
      assert.is(code, 5, said)
    })
  },
)

test.skipIf(skip || withoutScript, 'exec --tty is left by its key, and what ran is ended', async () => {
  await withAgent(async (place) => {
    const typed = dialogue([[/pid \d+\r/, '\x1d']])
    const { code, said } = await onTerminal(place, `exec hello -t -- sh -c 'echo pid $$; exec sleep 100'`, typed)
    assert.is(code, 0, said)
    await eventually(() => !isAlive(Number(/pid (\d+)/.exec(said)?.[1])), 'the command is ended')
  })
})

test.skipIf(skip || withoutScript || withoutPasst, 'by ssh where a port leads to it', async () => {
  const networks = 'networks: [{ user: { ports: ["127.0.0.1:52822:22"] } }]\n'
  await withPlace({ 'vm.yaml': manifest + networks, ssh: '#!/bin/sh\necho "ssh $*"; exit 9\n' }, async (place) => {
    await chmod(join(place.directory, 'ssh'), 0o755)
    assert.is((await place.volt('apply', 'vm.yaml')).code, 0)
    const PATH = `${place.directory}:${process.env['PATH'] ?? ''}`
    const { code, said } = await onTerminal(place, 'shell hello --user admin', () => undefined, { PATH })
    assert.is(code, 9, said)
    assert.match(said, 'hello: by ssh at 127.0.0.1 port 52822')
    assert.match(said, 'ssh -p 52822 -o HostKeyAlias=hello.lab.volt -l admin -- 127.0.0.1')
  })
})

test.skipIf(skip || withoutScript, 'without an agent or ssh the console is what there is', async () => {
  await withPlace({ 'vm.yaml': manifest }, async (place) => {
    assert.is((await place.volt('apply', 'vm.yaml')).code, 0)
    const { code, said } = await onTerminal(place, 'shell hello', dialogue([[/attached to hello/, '\x1d']]))
    assert.is(code, 0, said)
    assert.match(said, 'hello: by its console')
    const forced = await onTerminal(place, 'shell hello --by ssh', () => undefined)
    assert.is(forced.code, 1)
    assert.match(forced.said, 'no port of the host leads to port 22')
  })
})

test.run()
