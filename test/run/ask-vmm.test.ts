// The control socket's client, with sockets that answer and sockets that do not.
import { mkdtemp, mkdir, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { inDirectory } from '../../src/host/listen-socket.ts'
import { askVmm } from '../../src/run/ask-vmm.ts'
import type { VoltError } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'

const test = suite('asking a machine')

/** What `askVmm` comes back with where each connection is treated so; in a directory whose path no socket can have. */
async function asked(treat: (socket: Socket) => void, timeoutMs?: number): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'volt-ask-'))
  const directory = join(root, 'd'.repeat(150))
  await mkdir(directory)
  const server: Server = createServer(treat)
  try {
    await inDirectory(directory, 'c.sock', (path) => new Promise<void>((done) => server.listen(path, done)))
    return JSON.stringify(await askVmm(join(directory, 'c.sock'), { request: 'inspect' }, timeoutMs))
  } catch (error) {
    return `${(error as VoltError).code}: ${(error as VoltError).message}`
  } finally {
    server.close()
    await rm(root, { recursive: true })
  }
}

const answer = (reply: object | string) => (socket: Socket) => {
  socket.on('error', () => undefined)
  socket.on('data', () => socket.end(typeof reply === 'string' ? reply : JSON.stringify(reply) + '\n'))
}

test('a reply is given back, a request is one line', async () => {
  assert.is(await asked(answer({ ok: true, state: 'running' })), '{"ok":true,"state":"running"}')
  let line = ''
  await asked((socket) => {
    socket.on('data', (chunk: Buffer) => {
      line = chunk.toString()
      socket.end('{"ok":true}\n')
    })
  })
  assert.is(line, '{"request":"inspect"}\n')
})

test('a refusal is an error of its code', async () => {
  const refusal = (code: string) => asked(answer({ ok: false, code, message: 'no' }))
  assert.is(await refusal('NO_SUCH_DEVICE'), 'NO_SUCH_DEVICE: no')
  assert.is(await refusal('NOT_RUNNING'), 'NOT_RUNNING: no')
  assert.is(await refusal('NO_SUCH_LIMIT'), 'USAGE: no')
  assert.is(await refusal('REQUEST_INVALID'), 'USAGE: no')
})

test('HOST_ERROR for one that says a little now and then and comes to no end', async () => {
  const trickle = (socket: Socket): void => {
    const timer = setInterval(() => socket.write('x'), 20)
    socket.on('error', () => undefined).on('close', () => clearInterval(timer))
  }
  assert.match(await asked(trickle, 200), /^HOST_ERROR: .* no reply came in 0.2 seconds/)
})

test('HOST_ERROR where no reply comes: no JSON, no end, nobody', async () => {
  assert.match(await asked(answer('nonsense\n')), /^HOST_ERROR: .* no JSON/)
  assert.match(await asked(answer('{"ok":true}')), /^HOST_ERROR: .* closed the connection/)
  assert.match(await asked(answer('x'.repeat(2 * 1024 * 1024))), /^HOST_ERROR: .* has no end/)
  const error = await askVmm('/nonexistent/c.sock', { request: 'inspect' }).catch((thrown: unknown) => thrown)
  assert.match(String(error), 'ENOENT')
})

test.run()
