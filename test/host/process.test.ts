// Processes known by pid and start time: never another that got the same pid.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import * as assert from 'uvu/assert'
import { ADDON_FILE } from '../../src/host/built-files.ts'
import { currentBootId, identifyChild, isProcessAlive, signalProcess, waitForExit } from '../../src/host/process.ts'
import { suite } from '../suite.ts'

const test = suite('processes by identity')
const skip = existsSync(ADDON_FILE) ? false : 'volt.node is not built'

test.skipIf(skip, 'are alive until they end, and then gone', async () => {
  const child = spawn('sleep', ['100'])
  const identity = identifyChild(child.pid ?? 0)
  assert.is(isProcessAlive(identity), true)
  assert.is(await waitForExit(identity, 20), false)
  assert.is(signalProcess(identity, constants.signals.SIGTERM), 'sent')
  assert.is(await waitForExit(identity, 5000), true)
  assert.is(isProcessAlive(identity), false)
  assert.is(signalProcess(identity, constants.signals.SIGTERM), 'gone')
})

test.skipIf(skip, 'are never taken for another with the same pid', async () => {
  const child = spawn('sleep', ['100'])
  const identity = identifyChild(child.pid ?? 0)
  for (const other of [
    { ...identity, startTime: String(Number(identity.startTime) - 1) },
    { ...identity, bootId: 'another-boot' },
  ]) {
    assert.is(isProcessAlive(other), false)
    assert.is(signalProcess(other, constants.signals.SIGKILL), 'gone')
    assert.is(await waitForExit(other, 20), true)
  }
  assert.is(isProcessAlive(identity), true)
  child.kill()
})

test.skipIf(skip, 'are identified even when they ended before anyone looked', () => {
  const child = spawn('true')
  // Nothing is waited for while this thread is busy.
  const until = Date.now() + 200
  while (Date.now() < until);
  const identity = identifyChild(child.pid ?? 0)
  assert.match(identity.startTime, /^\d+$/)
  assert.is(identity.bootId, currentBootId())
  assert.is(isProcessAlive(identity), false)
})

test.run()
