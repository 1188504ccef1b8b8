// The parent of a machine: its console, its restarts, its readiness, and how it ends.
import { spawn } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { constants } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { helloManifest, MAIN, type Ended, type Workplace } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from './kvm.ts'
import { holdsBack, isAlive, ps, withPlace } from './place.ts'

const test = suite('the keeper of a machine')
const skip = whyNoMachines()
/** Of the masks in /proc/PID/status. */

interface Line {
  event: string
  vm?: string
  reason?: string
  signal?: string
  exitCode?: number
  console?: string
}

const hello = (cmdline: string, fields = ''): string => helloManifest({ cmdline, stopTimeout: '300ms' }) + fields

async function apply(place: Workplace): Promise<number> {
  const { code, stderr } = await place.volt('apply', 'vm.yaml')
  assert.is(code, 0, stderr)
  return (await ps(place))[0]?.pid ?? 0
}

async function eventsOf(place: Workplace): Promise<Line[]> {
  const { stdout } = await place.volt('events', 'hello', '--json')
  return stdout
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line)
}

async function childOf(pid: number): Promise<number> {
  return Number((await readFile(`/proc/${pid}/task/${pid}/children`, 'ascii')).trim())
}

function stateFile(place: Workplace, name: string): string {
  return join(place.stateHome, 'volt', 'lab', 'hello', name)
}

async function attach(place: Workplace): Promise<{ socket: Socket; heard: () => string; ended: Promise<unknown> }> {
  const socket = connect(stateFile(place, 'console.sock'))
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
  const ended = new Promise((done) => socket.once('close', done))
  await new Promise((done, fail) => socket.once('connect', done).once('error', fail))
  return { socket, heard: () => text, ended }
}

test.skipIf(skip, 'several readers see the console, each may type, and it ends with the machine', async () => {
  await withPlace({ 'vm.yaml': hello('echo') }, async (place) => {
    await apply(place)
    assert.is((await stat(stateFile(place, 'console.sock'))).mode & 0o777, 0o600)
    const [one, other] = [await attach(place), await attach(place)]
    one.socket.write('first')
    await eventually(() => other.heard().includes('first'), 'the other sees what the one typed')
    other.socket.write('second')
    await eventually(() => one.heard().includes('second'), 'and the one what the other did')
    const client = place.start(['console', 'hello'])
    const ended = place.finish(client, null)
    let said = ''
    client.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await eventually(() => said.includes('attached to hello'), 'volt console says that it is attached')
    client.stdin?.write('third')
    await eventually(() => one.heard().includes('third'), 'what it is given reaches the guest')
    await place.volt('stop', 'hello', '--timeout', '0')
    await Promise.all([one.ended, other.ended])
    const { code, stdout, stderr } = await ended
    assert.is(code, 0)
    assert.match(stdout, 'third')
    assert.match(stderr, /hello: (reset|poweroff|stopped)/)
  })
})

test.skipIf(skip, 'volt console on a terminal detaches by its escape key and leaves the machine alone', async () => {
  await withPlace({ 'vm.yaml': hello('echo') }, async (place) => {
    const pid = await apply(place)
    const command = `${process.execPath} ${MAIN} console hello --escape ctrl-a`
    const child = spawn('script', ['-qefc', command, '/dev/null'], {
      cwd: place.directory,
      env: { ...process.env, XDG_STATE_HOME: place.stateHome },
    })
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
    const exit = new Promise((done) => child.once('exit', done))
    await eventually(() => text.includes('attached to hello; Ctrl-A detaches'), 'it is attached')
    child.stdin.write('typed\x1d')
    await eventually(() => text.includes('typed'), 'the guest echoes, and Ctrl-] is a key like others')
    child.stdin.write('\x01')
    assert.is(await exit, 0)
    assert.match(text, 'detached; hello goes on')
    assert.ok(isAlive(pid))
  })
})

test.skipIf(skip, 'the log is put aside at its size, and logs shows both parts, as they came', async () => {
  await withPlace({ 'vm.yaml': hello('echo', 'console: { maxSize: 4KiB }\n') }, async (place) => {
    await apply(place)
    const { socket, heard } = await attach(place)
    const following = place.start(['logs', '-f', 'hello'])
    const followed = place.finish(following)
    const lines = Array.from({ length: 60 }, (_, index) => `line-${index}-${'x'.repeat(90)}`)
    for (const line of lines) {
      socket.write(`${line}\r`)
      await eventually(() => heard().includes(line), `${line} comes back`)
    }
    await eventually(
      async () => (await readFile(stateFile(place, 'console.log.1'), 'latin1')).length > 0,
      'it was rotated',
    )
    const both = (await place.volt('logs', 'hello')).stdout
    assert.match(both, lines.at(-1) ?? '')
    assert.ok(both.length > (await stat(stateFile(place, 'console.log'))).size)
    assert.ok((await stat(stateFile(place, 'console.log'))).size <= 4096)
    assert.ok((await stat(stateFile(place, 'console.log.1'))).size <= 4096)
    await place.volt('destroy', 'hello')
    const { stdout } = await followed
    for (const line of lines) assert.match(stdout, line)
  })
})

test.skipIf(skip, 'a machine that is killed leaves a last word, and dies with its parent', async () => {
  await withPlace({ 'vm.yaml': hello('stay') }, async (place) => {
    const keeper = await apply(place)
    process.kill(await childOf(keeper), 'SIGKILL')
    await eventually(() => !isAlive(keeper), 'the keeper ends')
    const [state] = await ps(place)
    assert.is(state?.description, 'stopped (killed)')
    const last = (await eventsOf(place)).at(-1)
    assert.equal([last?.event, last?.reason, last?.signal, last?.exitCode], ['stopped', 'killed', 'SIGKILL', 137])

    const second = await apply(place)
    const machine = await childOf(second)
    process.kill(second, 'SIGKILL')
    await eventually(() => !isAlive(machine), 'the machine dies with its keeper')
    assert.is((await ps(place))[0]?.description, 'died (killed)')
  })
})

test.skipIf(skip, 'a machine that fails is started again, with growing pauses, until it is stopped', async () => {
  await withPlace({ 'vm.yaml': hello('panic', 'restart: on-failure\n') }, async (place) => {
    const keeper = await apply(place)
    const count = async (event: string): Promise<number> =>
      (await eventsOf(place)).filter((line) => line.event === event).length
    await eventually(async () => (await count('restarting')) >= 3, 'it is started again and again')
    const delays = (await eventsOf(place)).filter(({ event }) => event === 'restarting') as (Line & {
      delayMs: number
    })[]
    assert.equal(
      delays.slice(0, 3).map(({ delayMs }) => delayMs),
      [100, 200, 400],
    )
    assert.ok(isAlive(keeper))
    const { code, stderr } = await place.volt('stop', 'hello')
    assert.is(code, 0, stderr)
    await eventually(() => !isAlive(keeper), 'the keeper has ended')
    const stopped = await count('restarting')
    await new Promise((done) => setTimeout(done, 300))
    assert.is(await count('restarting'), stopped)
  })
})

test.skipIf(skip, 'a machine that powered itself off stays so on-failure, and starts again with always', async () => {
  await withPlace({ 'vm.yaml': hello('poweroff', 'restart: on-failure\n') }, async (place) => {
    const keeper = await apply(place)
    await eventually(() => keeper === 0 || !isAlive(keeper), 'the keeper ends')
    assert.is((await ps(place))[0]?.description, 'stopped (poweroff)')
    await place.write('vm.yaml', hello('poweroff', 'restart: always\n'))
    await apply(place)
    const starts = async (): Promise<number> =>
      (await eventsOf(place)).filter(({ event }) => event === 'started').length
    await eventually(async () => (await starts()) >= 2, 'it is started again')
  })
})

async function waitReady(readiness: string, cmdline: string): Promise<{ ended: Ended; events: Line[]; text: string }> {
  let result = { ended: {} as Ended, events: [] as Line[], text: '' }
  await withPlace({ 'vm.yaml': hello(cmdline, `readiness: ${readiness}\n`) }, async (place) => {
    const ended = await place.volt('apply', '--wait', 'vm.yaml')
    result = { ended, events: await eventsOf(place), text: (await place.volt('ps')).stdout }
  })
  return result
}

test.skipIf(skip, 'apply --wait returns when the console says so, and ps shows it', async () => {
  const { ended, events, text } = await waitReady("{ console: '^hello: staying, idle' }", 'stay')
  assert.is(ended.code, 0, ended.stderr)
  assert.ok(events.some(({ event }) => event === 'ready'))
  assert.match(text, 'running (ready)')
})

test.skipIf(skip, 'a machine that is not ready in time is told with exit code 6 and its last lines', async () => {
  const { ended, events, text } = await waitReady("{ console: 'login:', timeout: 300ms }", 'stay')
  assert.is(ended.code, 6, ended.stderr)
  assert.match(ended.stderr, 'error[NOT_READY]')
  assert.match(ended.stderr, 'hello: staying, idle in HLT')
  assert.match(events.find(({ event }) => event === 'not-ready')?.console ?? '', 'hello: staying')
  assert.match(text, 'running (not ready)')
})

test.skipIf(skip, 'wait: for the end, not longer than asked, and for what nothing tells', async () => {
  await withPlace({ 'vm.yaml': hello('stay') }, async (place) => {
    await apply(place)
    assert.is((await place.volt('wait', 'hello', '--for', 'running')).code, 0)
    const late = await place.volt('wait', 'hello', '--timeout', '0.1')
    assert.is(late.code, 6)
    assert.match(late.stderr, 'error[WAIT_TIMEOUT]')
    const unknown = await place.volt('wait', 'hello', '--for', 'ready')
    assert.is(unknown.code, 64)
    assert.match(unknown.stderr, 'its manifest has no `readiness`')
    const waiting = place.finish(place.start(['wait', 'hello', '--json']))
    await place.volt('stop', 'hello', '--timeout', '0')
    assert.equal((JSON.parse((await waiting).stdout) as { vms: { state: string }[] }).vms[0]?.state, 'stopped')
  })
})

test.skipIf(skip, 'Ctrl-C ends a wait, and the machine goes on', async () => {
  await withPlace({ 'vm.yaml': hello('stay') }, async (place) => {
    const keeper = await apply(place)
    const client = place.start(['wait', 'hello'])
    const waiting = place.finish(client)
    await eventually(() => holdsBack(client.pid ?? 0, constants.signals.SIGINT), 'it takes the signal')
    // Time to begin waiting; an end before that says the same.
    await new Promise((done) => setTimeout(done, 500))
    client.kill('SIGINT')
    const { code, stderr } = await waiting
    assert.is(code, 130, stderr)
    assert.not.match(stderr, /error| {4}at /)
    assert.ok(isAlive(keeper))
  })
})

test.skipIf(skip, 'restart starts a machine again by the same plan', async () => {
  await withPlace({ 'vm.yaml': hello('stay', 'readiness: { console: staying }\n') }, async (place) => {
    const first = await apply(place)
    const { code, stdout, stderr } = await place.volt('restart', 'hello', '--json')
    assert.is(code, 0, stderr)
    const [vm] = (JSON.parse(stdout) as { vms: { action: string; pid: number }[] }).vms
    assert.is(vm?.action, 'restarted')
    assert.is.not(vm?.pid, first)
    assert.is((await place.volt('wait', 'hello', '--for', 'ready')).code, 0)
    assert.match((await place.volt('plan', 'vm.yaml')).stdout, /unchanged|nothing|no change/i)
  })
})

test.run()
