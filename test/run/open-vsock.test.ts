// The sockets of a vsock as the launcher makes them: who may connect, what stands in the way, and that nothing stays.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, lstatSync } from 'node:fs'
import { mkdir, mkdtemp, open as openFile, readdir, rm, writeFile } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { ADDON_FILE, VMM_FILE } from '../../src/host/built-files.ts'
import { tryLockFile } from '../../src/host/file-lock.ts'
import { listenUnix } from '../../src/host/listen-socket.ts'
import { identifyChild } from '../../src/host/process.ts'
import { defaultCid } from '../../src/manifest/vsock-cid.ts'
import { removeStaleSocket } from '../../src/run/listen-at.ts'
import { closeBackends } from '../../src/run/backends.ts'
import { openBackends } from '../../src/run/open-backends.ts'
import { ownOverlays } from '../../src/run/own-overlays.ts'
import { hasOwnSocket, makePrivateDirectory } from '../../src/run/open-vsock.ts'
import { planFileText, type RunnableVm } from '../../src/run/runnable-vm.ts'
import { startHelpers } from '../../src/run/start-helper-programs.ts'
import { projectNamed } from '../../src/state/project-name.ts'
import { vmFiles } from '../../src/state/vm-files.ts'
import { writeRecord } from '../../src/state/vm-record.ts'
import { VoltError } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'
import { eventually } from '../vm/kvm.ts'
import { vmWithVsock } from './support-vsock.ts'

const test = suite('sockets of a vsock')
const skip = [ADDON_FILE, VMM_FILE].every((file) => existsSync(file)) ? false : 'the engine is not built'
let directory = ''
let socket = ''

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'volt-vsock-'))
  socket = join(directory, 'vsock.sock')
  process.env['XDG_STATE_HOME'] = join(directory, 'state')
})
test.after(() => rm(directory, { recursive: true }))

interface Opened {
  /** Of the descriptors that the machine gets. */
  names: string[]
  close(): Promise<void>
}

/** With its broker. */
async function open(vm: RunnableVm, sockets?: string): Promise<Opened> {
  const backends = await openBackends(vm, undefined, sockets)
  const helpers = await startHelpers(backends.helpers)
  const close = async (): Promise<void> => {
    await closeBackends(backends)
    await Promise.all([...helpers.files.values()].map((file) => file.close()))
    helpers.end()
  }
  return { names: [...backends.files.keys(), ...helpers.files.keys()], close }
}

/** Of a start that must fail. */
async function refusal(vm: RunnableVm): Promise<VoltError> {
  try {
    await (await open(vm, directory)).close()
  } catch (error) {
    assert.instance(error, VoltError)
    return error as VoltError
  }
  throw new Error('it opened')
}

const brokersOf = (path: string): number =>
  execFileSync('ps', ['-eo', 'args'])
    .toString()
    .split('\n')
    .filter((line) => /^\S*volt-vmm broker /.test(line) && line.endsWith(path)).length

async function canConnect(path: string): Promise<boolean> {
  const client = createConnection(path)
  try {
    return await new Promise((done) => client.once('connect', () => done(true)).once('error', () => done(false)))
  } finally {
    client.destroy()
  }
}

/** A socket file that nobody listens on. */
async function leaveStale(path: string): Promise<void> {
  await listenUnix(path).close()
  assert.not(await canConnect(path))
}

test.skipIf(
  skip,
  'one listens for its owner alone, with a broker; both are gone once the descriptors are',
  async () => {
    const files = await open(vmWithVsock(socket))
    assert.equal(files.names.sort(), ['vsock-connector', 'vsock-listener'])
    assert.is(lstatSync(socket).mode & 0o777, 0o600)
    assert.ok(await canConnect(socket))
    assert.is(brokersOf(socket), 1)
    await files.close()
    await eventually(() => !existsSync(socket) && brokersOf(socket) === 0, 'the socket and its broker are gone')
  },
)

test.skipIf(skip, 'one of Volt’s own lies in the directory that is given, which goes with it', async () => {
  const vm = vmWithVsock('state:vsock.sock')
  assert.ok(hasOwnSocket(vm))
  assert.equal(ownOverlays(vm), [])
  assert.not(hasOwnSocket(vmWithVsock(socket)))
  const own = await makePrivateDirectory()
  assert.is(lstatSync(own).mode & 0o777, 0o700)
  const files = await open(vm, own)
  assert.ok(await canConnect(join(own, 'vsock.sock')))
  await files.close()
  await eventually(() => !existsSync(own), 'the broker has removed it')
})

test.skipIf(
  skip,
  'one that nobody listens on is replaced, and the old one’s broker leaves the new one alone',
  async () => {
    await leaveStale(socket)
    for (let round = 0; round < 20; round++) {
      const files = await open(vmWithVsock(socket))
      assert.ok(await canConnect(socket), `round ${round}`)
      await files.close()
    }
    const files = await open(vmWithVsock(socket))
    await eventually(() => brokersOf(socket) === 1, 'the older brokers have ended')
    assert.ok(await canConnect(socket))
    await files.close()
    await eventually(() => !existsSync(socket), 'the socket is gone')
  },
)

test.skipIf(skip, 'one that a program listens on is refused, and stays', async () => {
  const server = createServer().listen(socket)
  await once(server, 'listening')
  const { code, errno, message } = await refusal(vmWithVsock(socket))
  assert.equal([code, errno], ['HOST_ERROR', 98])
  assert.is(message, `cannot listen on ${socket}: a program listens there (EADDRINUSE)`)
  await removeStaleSocket(socket)
  assert.ok(await canConnect(socket))
  server.close()
})

test.skipIf(skip, 'what is no socket is refused, and stays', async () => {
  const file = join(directory, 'file')
  await writeFile(file, 'mine')
  const { code, errno } = await refusal(vmWithVsock(file))
  assert.equal([code, errno], ['HOST_ERROR', 17])
  await removeStaleSocket(file)
  assert.ok(existsSync(file))
})

test.skipIf(skip, 'a path that is too long, and a directory that is not there, are said so', async () => {
  const long = join(directory, 'x'.repeat(90))
  const tooLong = await refusal(vmWithVsock(long))
  assert.equal([tooLong.code, tooLong.errno], ['HOST_ERROR', 36])
  const missing = await refusal(vmWithVsock(join(directory, 'missing', 'vsock.sock')))
  assert.equal([missing.code, missing.errno], ['HOST_ERROR', 2])
})

test.skipIf(skip, 'while the directory is locked it waits', async () => {
  const lock = await openFile(directory)
  assert.ok(tryLockFile(lock))
  let files: Opened | undefined
  const opening = open(vmWithVsock(socket)).then((opened) => (files = opened))
  await new Promise((done) => setTimeout(done, 100))
  assert.is(files, undefined)
  await lock.close()
  await (await opening).close()
  await eventually(() => !existsSync(socket), 'the socket is gone')
})

test.skipIf(
  skip,
  'what is opened after something that fails is not opened, and a stale socket is removed',
  async () => {
    const vm = vmWithVsock(socket)
    assert.is((await refusal({ ...vm, sources: {} })).code, 'PLAN_INVALID')
    await leaveStale(socket)
    await removeStaleSocket(socket)
    assert.not(existsSync(socket))
    await removeStaleSocket(socket)
  },
)

test.skipIf(
  skip,
  'a CID that a running machine has is refused where the manifest names it, with whose it is',
  async () => {
    const project = projectNamed('other')
    const files = vmFiles(project, 'db')
    await mkdir(files.directory, { recursive: true })
    const running = vmWithVsock(socket, 7, 'db')
    await writeFile(files.plan, planFileText(running))
    const started = { startedAt: new Date().toISOString(), vcpus: 1, memoryBytes: 1, powerButton: false }
    const record = { formatVersion: 1, name: 'db', digest: running.digest, manifest: null, ...started } as const
    await writeRecord(files.record, { ...record, ...identifyChild(process.pid) })
    const { code, message } = await refusal(vmWithVsock(socket, 7))
    assert.is(code, 'CID_TAKEN')
    assert.is(message, "the CID 7 is that of the machine 'db' of the project 'other'")
    assert.not(existsSync(socket))
    await (await open(vmWithVsock(socket, 8))).close()

    // By name: the same name in another project is no mistake.
    await writeFile(files.plan, planFileText(vmWithVsock(socket, defaultCid('web'), 'web')))
    await (await open(vmWithVsock(socket, defaultCid('web'), 'web'))).close()
    await eventually(async () => !(await readdir(directory)).includes('vsock.sock'), 'the socket is gone')
  },
)

test.run()
