// Questions over a Unix socket: answers without descriptors, nobody there, and arguments that are none. Those with
// descriptors are of test/run/private-network.test.ts.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { ADDON_FILE } from '../../src/host/built-files.ts'
import { inDirectory } from '../../src/host/listen-socket.ts'
import { native } from '../../src/host/native.ts'
import { requestDescriptors } from '../../src/host/request-descriptors.ts'
import { suite } from '../suite.ts'

const test = suite('questions over a socket')
const skip = existsSync(ADDON_FILE) ? false : 'the addon is not built'
/** Longer than a socket's address. */
let directory = ''

test.before(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'volt-ask-')), 'd'.repeat(120))
  await mkdir(directory)
})
test.after(() => rm(join(directory, '..'), { recursive: true }))

/** A server under the name that answers a line by `answer`. */
async function serverOf(name: string, answer: (line: string) => string): Promise<Server> {
  const server = createServer((socket) => {
    socket.once('data', (line) => socket.end(answer(line.toString('utf8'))))
  })
  await inDirectory(directory, name, (path) => new Promise<void>((done) => server.listen(path, done)))
  return server
}

test.skipIf(skip, 'the answer is read to its end, whatever the length of the path', async () => {
  const server = await serverOf('long.sock', (line) => line.repeat(100))
  const answer = await requestDescriptors(directory, 'long.sock', { request: 'end' })
  assert.equal(answer, { text: '{"request":"end"}\n'.repeat(100), descriptors: [] })
  server.close()
})

test.skipIf(skip, 'one that hangs up answers nothing, and nobody there is no answer', async () => {
  const server = await serverOf('mute.sock', () => '')
  assert.equal(await requestDescriptors(directory, 'mute.sock', {}), { text: '', descriptors: [] })
  await new Promise((done) => server.close(done))
  assert.is(await requestDescriptors(directory, 'mute.sock', {}), undefined)
})

test.skipIf(skip, 'arguments that are none are a TypeError', () => {
  const { requestDescriptors: ask } = native() as unknown as { requestDescriptors: (...values: unknown[]) => unknown }
  for (const values of [[], ['/a'], [1, ''], ['', ''], ['a'.repeat(108), '']]) {
    assert.throws(() => ask(...values), (error: Error) => error instanceof TypeError) // prettier-ignore
  }
})

test.run()
