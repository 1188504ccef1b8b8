// Processes and locks through volt.node.
import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { addon, errorOf, within } from './native-support.ts'

const test = suite('processes and locks')

test('a process is identified by pid and start time', () => {
  const identity = addon.processIdentity(process.pid)
  assert.ok(identity)
  const stat = readFileSync('/proc/self/stat', 'utf8')
  assert.is(identity.startTime, stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
  assert.is(addon.processIdentity(2 ** 22 + 1), null)
  assert.instance(
    errorOf(() => addon.processIdentity(0)),
    TypeError,
  )
})

test('signals and waits concern the process that was meant', async () => {
  const child = spawn('sleep', ['60'])
  const exited = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)))
  const pid = child.pid ?? 0
  const { startTime } = addon.processIdentity(pid) ?? { startTime: '' }
  assert.is(addon.signalProcess(pid, '1', 15), 'gone')
  assert.is(await addon.waitProcess(pid, '1', 10_000), true)
  assert.is(await addon.waitProcess(pid, startTime, 20), false)
  assert.is(addon.signalProcess(pid, startTime, 0), 'sent')
  const waiting = addon.waitProcess(pid, startTime, 10_000)
  assert.is(addon.signalProcess(pid, startTime, 15), 'sent')
  assert.is(await waiting, true)
  assert.is(await within(exited), 'SIGTERM')
  assert.is(addon.signalProcess(pid, startTime, 15), 'gone')
  assert.is(addon.processIdentity(pid), null)
})

test('a lock is exclusive between descriptors and free when its descriptor is closed', () => {
  const directory = mkdtempSync(join(tmpdir(), 'volt-lock-'))
  const open = () => openSync(join(directory, 'lock'), 'a')
  const [one, other] = [open(), open()]
  assert.is(addon.tryLock(one, true), true)
  assert.is(addon.tryLock(one, true), true)
  assert.is(addon.tryLock(other, true), false)
  assert.is(addon.tryLock(other, false), false)
  closeSync(one)
  assert.is(addon.tryLock(other, true), true)
  closeSync(other)
  assert.is(errorOf(() => addon.tryLock(other, true)).errno, 9)
  rmSync(directory, { recursive: true })
})

test.run()
