// What becomes of machines when processes, threads and objects end around them.
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readdirSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import * as assert from 'uvu/assert'
import { ADDON_FILE } from '../../src/host/built-files.ts'
import { suite } from '../suite.ts'
import { FLOOD, HALT, RESET, bytesOf, planFor, print, withoutKvm, within } from './native-support.ts'

const test = suite('lifetime of machines in Node')
const skip = withoutKvm()

/** Runs a script in a Node of its own with `addon`, `kvm` and `plan(code, vcpus)` defined. */
function runScript(body: string, args: string[] = []) {
  const script = `
    const addon = require(${JSON.stringify(ADDON_FILE)})
    const kvm = require('node:fs').openSync('/dev/kvm', 'r+')
    const plans = ${JSON.stringify({ halt: planFor(HALT, 4), flood: planFor(FLOOD), reset: planFor([...print('x'), ...RESET, ...HALT]) })}
    const make = (name, onEvent = () => {}, onConsole = () => {}) =>
      new addon.Machine({ plan: Buffer.from(JSON.stringify(plans[name])), kvm, files: {} }, onEvent, onConsole)
    ${body}`
  return spawnSync(process.execPath, [...args, '-e', script], { encoding: 'utf8', timeout: 20_000 })
}

test.skipIf(skip, 'a process ends by itself once its machine has stopped, and before a machine was started', () => {
  const { status, stdout } = runScript(`make('reset', (event) => console.log(event.event)).start(); make('halt')`)
  assert.is(stdout, 'started\nstopped\n')
  assert.is(status, 0)
})

test.skipIf(skip, 'process.exit with machines running is clean', () => {
  const { status, signal, stderr } = runScript(`
    for (const name of ['halt', 'flood', 'flood']) make(name).start()
    setTimeout(() => process.exit(7), 50)`)
  assert.is(signal, null, stderr)
  assert.is(status, 7, stderr)
})

test.skipIf(skip, 'an exception in a callback is an uncaught exception of the process', () => {
  const { status, stderr } = runScript(`make('reset', () => { throw new Error('from the callback') }).start()`)
  assert.is(status, 1)
  assert.match(stderr, /from the callback/)
})

test.skipIf(skip, 'machines that were never started or closed are collected', () => {
  const { status, stdout, stderr } = runScript(
    `const count = () => require('node:fs').readdirSync('/proc/self/fd').length
     const before = count()
     for (let index = 0; index < 5; index++) make('halt')
     const held = count()
     const settle = async () => { for (let turn = 0; turn < 20; turn++) { globalThis.gc(); await new Promise(setImmediate) } }
     settle().then(() => console.log(held > before, count() === before))`,
    ['--expose-gc'],
  )
  assert.is(status, 0, stderr)
  assert.is(stdout, 'true true\n')
})

test.skipIf(skip, 'a worker that is terminated takes its running machine along', async () => {
  const kvm = openSync('/dev/kvm', 'r+')
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads')
     const addon = require(workerData.file)
     const machine = new addon.Machine({ plan: workerData.plan, kvm: workerData.kvm, files: {} },
       (event) => parentPort.postMessage(event.event), () => {})
     machine.start()`,
    { eval: true, workerData: { file: ADDON_FILE, plan: bytesOf(planFor(FLOOD, 2)), kvm } },
  )
  const event = await within(new Promise((resolve) => worker.once('message', resolve)))
  assert.is(event, 'started')
  const before = readdirSync('/proc/self/task').length
  await within(worker.terminate())
  assert.ok(readdirSync('/proc/self/task').length <= before - 3, 'two vCPUs and their carrier are gone')
  closeSync(kvm)
})

test.skipIf(skip, 'workers terminated amid deliveries and calls do not take the process along', () => {
  const { status, signal, stdout, stderr } = runScript(`
    const { Worker } = require('node:worker_threads')
    const code = \`
      const { workerData } = require('node:worker_threads')
      const addon = require(workerData.file)
      const make = () => new addon.Machine({ plan: workerData.plan, kvm: workerData.kvm, files: {} }, () => {}, () => {})
      if (workerData.calls) for (;;) { addon.probe(); const machine = make(); machine.start(); machine.close() }
      for (let index = 0; index < 2; index++) make().start()
    \`
    const main = async () => {
      for (let turn = 0; turn < 12; turn++) {
        const workerData = { file: ${JSON.stringify(ADDON_FILE)}, plan: Buffer.from(JSON.stringify(plans.flood)), kvm, calls: turn % 2 === 0 }
        const worker = new Worker(code, { eval: true, workerData })
        await new Promise((resolve) => setTimeout(resolve, 100 + turn * 7))
        await worker.terminate()
      }
      console.log('survived')
    }
    main()`)
  assert.is(signal, null, stderr)
  assert.is(stdout, 'survived\n', stderr)
  assert.is(status, 0, stderr)
})

test.skipIf(skip, 'stop after close does nothing, and the process ends', () => {
  const { status, stdout } = runScript(`
    const machine = make('halt', (event) => console.log(event.event))
    machine.close()
    machine.stop()
    console.log('done')`)
  assert.is(stdout, 'done\n')
  assert.is(status, 0)
})

test.run()
