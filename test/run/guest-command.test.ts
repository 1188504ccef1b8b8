// Commands by the agent, without a machine, and agents that are hostile to the host.
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import * as assert from 'uvu/assert'
import { AGENT_FILE } from '../../src/host/built-files.ts'
import { encodeFrame, KIND } from '../../src/run/agent-frames.ts'
import { GuestCommand, type CommandEnd, type CommandRequest } from '../../src/run/guest-command.ts'
import { connectToGuest } from '../../src/run/reach-agent.ts'
import { VoltError } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'
import { eventually } from '../vm/kvm.ts'
import { isAlive } from '../vm/place.ts'
import { agentGuest, fakeGuest, withoutAgent, type FakeGuest } from './support-agent.ts'

const test = suite('commands in a guest')
let guest: FakeGuest
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

test.before(async () => {
  if (withoutAgent === false) guest = await agentGuest()
})
test.after(() => guest?.close())

interface Ran {
  stdout: string
  stderr: string
  end: CommandEnd | undefined
}

async function start(request: CommandRequest, where = guest): Promise<GuestCommand> {
  return new GuestCommand(await connectToGuest(where.path), request)
}

async function finish(command: GuestCommand): Promise<Ran> {
  const ran = { stdout: '', stderr: '' }
  for await (const { stream, bytes } of command.output()) ran[stream] += bytes.toString()
  return { ...ran, end: command.end }
}

async function run(words: string[], request: Partial<CommandRequest> = {}, input = ''): Promise<Ran> {
  const command = await start({ words, ...request })
  const fed = command.feed(Readable.from([Buffer.from(input)]))
  const ran = await finish(command)
  await fed
  return ran
}

async function failureOf(work: Promise<unknown>): Promise<VoltError> {
  try {
    await work
  } catch (error) {
    assert.instance(error, VoltError)
    return error as VoltError
  }
  throw new Error('nothing was thrown')
}

test.skipIf(withoutAgent, 'streams apart, arguments as they are, the exit code', async () => {
  const ran = await run(['sh', '-c', 'printf %s "$1"; echo oops >&2; exit 7', 'x', '$(reboot)  ä\n'])
  assert.equal(ran, { stdout: '$(reboot)  ä\n', stderr: 'oops\n', end: { exitCode: 7 } })
})

test.skipIf(withoutAgent, 'environment and directory are what was asked for, and nothing of the agent’s', async () => {
  const ran = await run(['sh', '-c', 'pwd; env | sort'], { directory: '/usr', variables: ['A=b=c', 'HOME=/tmp'] })
  assert.is(ran.stdout.replace(/^(_|SHLVL)=.*\n/gm, ''), `/usr\nA=b=c\nHOME=/tmp\nPATH=${PATH}\nPWD=/usr\n`)
})

test.skipIf(withoutAgent, 'a signal is told as one', async () => {
  assert.equal((await run(['sh', '-c', 'kill -TERM $$'])).end, { signal: 15 })
})

test.skipIf(withoutAgent, 'input goes through to its end, more of it than any buffer has', async () => {
  const text = 'a line of some length that goes in\n'.repeat(60_000)
  const ran = await run(['sh', '-c', 'cat; echo done'], {}, text)
  assert.is(ran.stdout.length, text.length + 'done\n'.length)
  assert.ok(ran.stdout === `${text}done\n`)
})

test.skipIf(withoutAgent, 'a command that reads no input does not keep anybody', async () => {
  const ran = await run(['sh', '-c', 'exec <&-; sleep 0.2; echo on'], {}, 'x'.repeat(2_000_000))
  assert.equal(ran, { stdout: 'on\n', stderr: '', end: { exitCode: 0 } })
})

test.skipIf(withoutAgent, 'output larger than all buffers comes whole', async () => {
  const { stdout } = await run(['sh', '-c', 'head -c 5000000 /dev/zero; printf end'])
  assert.is(stdout.length, 5_000_003)
})

test.skipIf(withoutAgent, 'what a command leaves behind keeps nobody', async () => {
  const ran = await run(['sh', '-c', 'sleep 3 & echo $!'])
  assert.equal(ran.end, { exitCode: 0 })
  process.kill(Number(ran.stdout))
})

test.skipIf(withoutAgent, 'a command that is not there, a directory that is not there', async () => {
  const missing = await failureOf(run(['no-such-command']))
  assert.is(missing.code, 'NO_SUCH_COMMAND')
  assert.match(missing.message, 'no-such-command')
  assert.is((await failureOf(run(['/etc/passwd']))).code, 'NOT_EXECUTABLE')
  assert.match((await failureOf(run(['true'], { directory: '/nowhere' }))).message, 'change to /nowhere')
})

test.skipIf(withoutAgent, 'a signal reaches the process group', async () => {
  const command = await start({ words: ['sh', '-c', 'echo on; sleep 100 & wait'] })
  const ran = finish(command)
  setTimeout(() => command.signal(2), 300)
  assert.equal((await ran).end, { signal: 2 })
})

test.skipIf(withoutAgent, 'a client that goes away ends its command, one that ignores the hangup too', async () => {
  const command = await start({ words: ['sh', '-c', 'trap "" HUP; sleep 100 & echo $!; wait'] })
  let pid = 0
  for await (const { bytes } of command.output()) {
    pid = Number(bytes.toString())
    break
  }
  assert.ok(pid > 0 && isAlive(pid))
  await eventually(() => !isAlive(pid), 'the command is ended')
})

test.skipIf(withoutAgent, 'a terminal: its size, its changes, its end of input', async () => {
  const command = await start({
    words: ['sh', '-c', 'test -t 0 && test -t 1 && stty size; read -r line; stty size; cat; echo bye'],
    terminal: { columns: 101, rows: 33 },
    variables: ['TERM=vt100'],
  })
  let text = ''
  for await (const { stream, bytes } of command.output()) {
    assert.is(stream, 'stdout')
    text += bytes.toString()
    if (text === '33 101\r\n') {
      command.resize(120, 40)
      command.write(Buffer.from('go\n'))
    }
    if (text.endsWith('40 120\r\n')) command.endInput()
  }
  assert.is(text, '33 101\r\ngo\r\n40 120\r\nbye\r\n')
  assert.equal(command.end, { exitCode: 0 })
})

test.skipIf(withoutAgent, 'many at once, each with its own streams', async () => {
  const all = await Promise.all(Array.from({ length: 20 }, (_, index) => run(['sh', '-c', `sleep 0.1; echo ${index}`])))
  assert.equal(
    all.map(({ stdout }) => Number(stdout)),
    all.map((_, index) => index),
  )
})

const hostileClients: Record<string, Buffer> = {
  'a frame beyond the limit': Buffer.from([1, 0xff, 0xff, 0xff, 0x7f]),
  'a run of nothing': encodeFrame(KIND.run),
  'input before the command': encodeFrame(KIND.input, Buffer.from('x')),
  'a frame of the agent’s own': encodeFrame(KIND.exited, Buffer.from([0])),
  'text with a NUL': encodeFrame(KIND.argument, Buffer.from('a\0b')),
  'a terminal without a size': encodeFrame(KIND.terminal),
  'more arguments than a command line has': Buffer.concat(
    Array.from({ length: 17 }, () => encodeFrame(KIND.argument, Buffer.alloc(65_536, 'a'))),
  ),
  'more input than there is room for': Buffer.concat([
    ...['sleep', '100'].map((word) => encodeFrame(KIND.argument, Buffer.from(word))),
    encodeFrame(KIND.run),
    ...Array.from({ length: 8 }, () => encodeFrame(KIND.input, Buffer.alloc(65_536))),
  ]),
}
for (const [title, bytes] of Object.entries(hostileClients)) {
  test.skipIf(withoutAgent, `the agent answers ${title} with a failure and ends that client alone`, async () => {
    const client = connect(guest.path)
    client.write('CONNECT 717\n')
    client.write(bytes)
    const chunks: Buffer[] = []
    client.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined)
    await Promise.race([once(client, 'end'), once(client, 'close')])
    client.destroy()
    const said = Buffer.concat(chunks)
    assert.ok(said.includes(Buffer.from([KIND.failed])), said.toString())
    assert.is((await run(['echo', 'still there'])).stdout, 'still there\n')
  })
}

const hello = encodeFrame(KIND.hello, Buffer.from([1, 0]))
const hostileAgents: Record<string, Buffer> = {
  'greets as something else': Buffer.from('SSH-2.0-OpenSSH_9.2\r\n'),
  'has another version': encodeFrame(KIND.hello, Buffer.from([9, 0])),
  'says a frame of 2 GiB comes': Buffer.concat([hello, Buffer.from([KIND.output, 0xff, 0xff, 0xff, 0x7f])]),
  'takes input that it was not sent': Buffer.concat([hello, encodeFrame(KIND.inputTaken, Buffer.from([1, 0, 0, 0]))]),
  'ends without a code': Buffer.concat([hello, encodeFrame(KIND.exited)]),
  'says what only clients say': Buffer.concat([hello, encodeFrame(KIND.run)]),
  'has a kind of its own': Buffer.concat([hello, encodeFrame(200, Buffer.alloc(9))]),
}
for (const [title, bytes] of Object.entries(hostileAgents)) {
  test(`an agent that ${title} is no agent`, async () => {
    const hostile = await fakeGuest((program) => program.write(bytes))
    try {
      assert.is((await failureOf(start({ words: ['x'] }, hostile).then(finish))).code, 'AGENT_INVALID')
    } finally {
      await hostile.close()
    }
  })
}

test('an agent that closes at once is none, or has too many clients', async () => {
  const full = await fakeGuest((program) => program.end())
  try {
    const { code, message } = await failureOf(start({ words: ['x'] }, full).then(finish))
    assert.is(code, 'AGENT_INVALID')
    assert.match(message, '64 clients')
  } finally {
    await full.close()
  }
})

test('an agent that closes in the middle leaves the command without an end', async () => {
  const hostile = await fakeGuest((program) => program.end(Buffer.concat([hello, Buffer.from([KIND.output, 9, 0])])))
  try {
    assert.is((await finish(await start({ words: ['x'] }, hostile))).end, undefined)
  } finally {
    await hostile.close()
  }
})

test('nobody who listens in the guest is NO_AGENT', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'volt-agent-'))
  const server = createServer((program) => program.destroy())
  const path = join(directory, 'refusing.sock')
  server.listen(path)
  try {
    assert.is((await failureOf(connectToGuest(path))).code, 'NO_AGENT')
  } finally {
    server.close()
    await rm(directory, { recursive: true })
  }
})

test.skipIf(withoutAgent, 'the agent is linked statically: no program header asks for an interpreter', async () => {
  const elf = await readFile(AGENT_FILE)
  const [offset, size, count] = [Number(elf.readBigUInt64LE(32)), elf.readUInt16LE(54), elf.readUInt16LE(56)]
  const types = Array.from({ length: count }, (_, index) => elf.readUInt32LE(offset + index * size))
  const [load, interpreter] = [1, 3]
  assert.ok(types.includes(load))
  assert.not.ok(types.includes(interpreter))
})

test.run()
