// The socket of a vsock over the life of a machine. The guest has no driver: who connects is turned away.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, lstatSync } from 'node:fs'
import { readdir, readFile, unlink } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { helloManifest, type Workplace } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from './kvm.ts'
import { isAlive, withPlace } from './place.ts'

const test = suite('the socket of a vsock')
const skip = whyNoMachines()

const withVsock = (vsock: string): string =>
  `${helloManifest({ cmdline: 'stay', stopTimeout: '300ms' })}vsock: ${vsock}\n`

async function apply(place: Workplace): Promise<{ action: string; pid: number }> {
  const { code, stdout, stderr } = await place.volt('apply', '--json', '--yes', 'vm.yaml')
  assert.is(code, 0, stderr)
  const [vm] = (JSON.parse(stdout) as { vms: { action: string; pid: number }[] }).vms
  assert.ok(vm)
  return vm
}

/** What a program reads until the other end closes. */
async function ask(path: string, line: string): Promise<string> {
  const client = createConnection(path).setEncoding('utf8')
  let text = ''
  client.on('data', (chunk: string) => (text += chunk))
  client.write(line)
  await once(client, 'close')
  return text
}

test.skipIf(skip, 'apply makes it in the state, a guest without a driver refuses, and stop removes it', async () => {
  await withPlace({ 'vm.yaml': withVsock('true') }, async (place) => {
    const state = join(place.stateHome, 'volt', 'lab', 'hello')
    const socket = join(state, 'vsock.sock')
    await apply(place)
    assert.is(await ask(socket, 'CONNECT 80\n'), '')
    assert.is((await apply(place)).action, 'unchanged')
    assert.is((await place.volt('stop', 'hello')).code, 0)
    await eventually(() => !existsSync(socket), 'the socket is gone')
    await apply(place)
    assert.is(await ask(socket, 'CONNECT 80\n'), '')
    assert.is((await place.volt('destroy', 'vm.yaml')).code, 0)
    assert.equal(await readdir(join(place.stateHome, 'volt')), [])
  })
})

test.skipIf(skip, 'a restart has one of its own, and so has the machine after a kill', async () => {
  await withPlace({ 'vm.yaml': withVsock('{ path: ./v.sock }') }, async (place) => {
    const socket = join(place.directory, 'v.sock')
    const first = await apply(place)
    for (const cid of [7, 8, 9]) {
      await place.write('vm.yaml', withVsock(`{ path: ./v.sock, cid: ${cid} }`))
      assert.is((await apply(place)).action, 'restarted')
      assert.is(await ask(socket, 'CONNECT 80\n'), '')
    }
    await eventually(() => !isAlive(first.pid), 'the first process is gone')
    await place.write('vm.yaml', withVsock('{ path: ./w.sock, cid: 9 }'))
    const moved = await apply(place)
    assert.is(moved.action, 'restarted')
    await eventually(() => !existsSync(socket), 'the older socket is gone')
    process.kill(moved.pid, 'SIGKILL')
    await eventually(() => !existsSync(join(place.directory, 'w.sock')), 'the broker has removed it')
    assert.is((await apply(place)).action, 'started')
    assert.is((await place.volt('destroy', 'vm.yaml')).code, 0)
    assert.equal((await readdir(place.directory)).sort(), ['vm.yaml'])
  })
})

/** The broker of the socket at `path`. */
function brokerOf(path: string): number {
  const lines = execFileSync('ps', ['-eo', 'pid,args']).toString().split('\n')
  const line = lines.find((text) => text.includes('volt-vmm broker') && text.endsWith(path))
  return Number.parseInt(line ?? '', 10)
}

test.skipIf(skip, 'what a broker that was killed leaves, the next start replaces and destroy removes', async () => {
  await withPlace({ 'vm.yaml': withVsock('{ path: ./v.sock }') }, async (place) => {
    const socket = join(place.directory, 'v.sock')
    const killAll = async (pid: number): Promise<void> => {
      process.kill(brokerOf(socket), 'SIGKILL')
      process.kill(pid, 'SIGKILL')
      await eventually(() => !isAlive(pid), 'the machine is gone')
      assert.ok(existsSync(socket))
    }
    await killAll((await apply(place)).pid)
    const second = await apply(place)
    assert.is(await ask(socket, 'CONNECT 80\n'), '')
    await killAll(second.pid)
    assert.is((await place.volt('destroy', 'vm.yaml')).code, 0)
    assert.not.ok(existsSync(socket))
  })
})

test.skipIf(skip, 'a saved plan says where it is, from the plan’s directory', async () => {
  await withPlace({ 'vm.yaml': withVsock('{ path: ./v.sock }') }, async (place) => {
    const { stderr } = await place.volt('plan', '-o', 'plan.json', 'vm.yaml')
    const plan = join(place.directory, 'plan.json')
    const text = await readFile(plan, 'utf8')
    const socket = join(place.directory, 'v.sock')
    assert.ok(text.includes(`"vsock-listener": "${socket}"`) || text.includes(`"vsock-listener":"${socket}"`), stderr)
    await place.write('plan.json', text.replace(socket, 'w.sock'))
    const applied = await place.volt('apply', 'plan.json')
    assert.is(applied.code, 0, applied.stderr)
    assert.is(await ask(join(place.directory, 'w.sock'), 'CONNECT 80\n'), '')
    assert.is((await place.volt('destroy', 'hello')).code, 0)
    assert.equal((await readdir(place.directory)).sort(), ['plan.json', 'vm.yaml'])
  })
})

test.skipIf(skip, 'a start that fails leaves none', async () => {
  const text = withVsock('{ path: ./v.sock }')
  await withPlace({ 'vm.yaml': text, 'second.yaml': text.replace('name: hello', 'name: second') }, async (place) => {
    await apply(place)
    const { code, stderr } = await place.volt('apply', '--project', 'other', 'second.yaml')
    assert.is(code, 4)
    assert.match(stderr, 'a program listens there (EADDRINUSE)')
    assert.not.ok(existsSync(join(place.stateHome, 'volt', 'other', 'second')))
    assert.is(await ask(join(place.directory, 'v.sock'), 'CONNECT 80\n'), '')
    // A machine whose socket somebody removed ends as any other.
    await unlink(join(place.directory, 'v.sock'))
    assert.is((await place.volt('destroy', 'vm.yaml')).code, 0)
  })
})

test.skipIf(skip, 'run makes one for as long as it runs, and says where', async () => {
  await withPlace({ 'vm.yaml': withVsock('true') }, async (place) => {
    const child = place.start(['run', 'vm.yaml'], { env: { XDG_RUNTIME_DIR: place.directory } })
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const ended = place.finish(child, null)
    await eventually(() => said.includes('vsock on'), 'it says where the socket is')
    const socket = /^hello: vsock on (\S+)$/m.exec(said)?.[1] ?? ''
    assert.ok(socket.startsWith(place.directory), socket)
    assert.is(lstatSync(join(socket, '..')).mode & 0o777, 0o700)
    assert.is(await ask(socket, 'CONNECT 80\n'), '')
    child.kill('SIGINT')
    await ended
    assert.equal((await readdir(place.directory)).sort(), ['vm.yaml'])
  })
})

test.run()
