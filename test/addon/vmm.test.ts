// volt-vmm as a process: its arguments, events, signals, and descriptors that misbehave (docs/architecture.md).
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import * as assert from 'uvu/assert'
import { VMM_FILE } from '../../src/host/built-files.ts'
import type { VmEvent } from '../../src/host/native-addon.ts'
import { suite } from '../suite.ts'
import { eventually } from '../vm/kvm.ts'
import { holdsBack } from '../vm/place.ts'
import { ECHO, FLOOD, HALT, RESET, addon, planFor, print, withoutKvm, within } from './native-support.ts'

const test = suite('volt-vmm')
const skip = withoutKvm()
const directory = mkdtempSync(join(tmpdir(), 'volt-vmm-'))

interface Vmm {
  process: ChildProcess
  console: { input: Writable; output: Readable }
  /** All events so far, parsed. */
  events: VmEvent[]
  started: Promise<void>
  ended: Promise<{ status: number | null; signal: string | null; stderr: string }>
}

/** Starts volt-vmm with a pipe each for console input, console output and events. */
function start(plan: unknown): Vmm {
  const planFile = join(directory, 'plan.json')
  writeFileSync(planFile, typeof plan === 'string' ? plan : JSON.stringify(plan))
  const [planFd, kvmFd] = [openSync(planFile, 'r'), openSync('/dev/kvm', 'r+')]
  const args = '--plan 3 --kvm 4 --console-in 5 --console-out 6 --events 7'.split(' ')
  const child = spawn(VMM_FILE, args, { stdio: ['ignore', 'inherit', 'pipe', planFd, kvmFd, 'pipe', 'pipe', 'pipe'] })
  closeSync(planFd)
  closeSync(kvmFd)
  const [input, output, eventStream] = child.stdio.slice(5) as unknown as [Writable, Readable, Readable]
  input.on('error', () => {}) // the other end may be gone first
  let [stderr, text] = ['', '']
  const events: VmEvent[] = []
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const started = new Promise<void>((resolve) => {
    eventStream.on('data', (chunk: Buffer) => {
      const lines = (text + chunk.toString()).split('\n')
      text = lines.pop() ?? ''
      events.push(...lines.map((line) => JSON.parse(line) as VmEvent))
      if (events.length > 0) resolve()
    })
  })
  const ended = new Promise<{ status: number | null; signal: string | null; stderr: string }>((resolve) => {
    child.once('exit', (status, signal) => setTimeout(() => resolve({ status, signal, stderr }), 20))
  })
  return { process: child, console: { input, output }, events, started, ended }
}

function lastOf(vmm: Vmm): VmEvent & { event: 'stopped' } {
  const last = vmm.events.at(-1)
  assert.is(last?.event, 'stopped')
  return last as VmEvent & { event: 'stopped' }
}

async function text(stream: Readable): Promise<string> {
  let result = ''
  for await (const chunk of stream) result += String(chunk)
  return result
}

test('a wrong command line is a usage error: exit code 64 and one sentence with the usage', () => {
  for (const args of [[], ['--plan'], ['--plan', '99'], ['--bogus', '1'], ['--help']]) {
    const { status, stderr } = spawnSync(VMM_FILE, args, { encoding: 'utf8' })
    assert.is(status, 64)
    assert.match(stderr, /^volt-vmm: .+\nusage: volt-vmm /)
  }
})

test.skipIf(skip, 'a guest runs: console, events in order, exit code of its reason', async () => {
  const vmm = start(planFor([...print('hello'), ...RESET, ...HALT], 2))
  const output = text(vmm.console.output)
  assert.is((await within(vmm.ended)).status, 0)
  assert.is(await output, 'hello')
  assert.equal(
    vmm.events.map(({ event }) => event),
    ['started', 'stopped'],
  )
  assert.is((vmm.events[0] as { pid: number }).pid, vmm.process.pid)
  assert.is(lastOf(vmm).reason, 'reset')
})

test.skipIf(skip, 'a triple fault ends it with 21', async () => {
  const vmm = start(planFor([0x0f, 0x0b]))
  assert.is((await within(vmm.ended)).status, 21)
  assert.is(lastOf(vmm).reason, 'triple-fault')
})

test.skipIf(skip, 'a plan that is wrong ends it with 3, a failed event and a sentence', async () => {
  const overlapping = planFor(HALT)
  overlapping.devices.push({ id: 'com2', type: 'i8042', ports: [{ base: '0x3ff', size: 1 }, { base: '0x70', size: 1 }] }) // prettier-ignore
  for (const plan of ['{', overlapping]) {
    const vmm = start(plan)
    const { status, stderr } = await within(vmm.ended)
    assert.is(status, 3)
    assert.match(stderr, /^volt-vmm: the plan.*\n$/)
    assert.equal(
      vmm.events.map(({ event }) => event),
      ['failed'],
    )
    assert.is((vmm.events[0] as { code: string }).code, 'PLAN_INVALID')
  }
})

test.skipIf(skip, 'a host that lacks what the plan requires ends it with 4', async () => {
  const plan = planFor(HALT)
  plan.requires.capabilities.push('KVM_CAP_OF_TOMORROW')
  const vmm = start(plan)
  assert.is((await within(vmm.ended)).status, 4)
  assert.is((vmm.events[0] as { code: string }).code, 'KVM_CAPABILITY')
})

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) {
  test.skipIf(skip, `${signal} stops a guest that runs for ever, with reason stopped`, async () => {
    const vmm = start(planFor(HALT, 4))
    await within(vmm.started)
    vmm.process.kill(signal)
    assert.is((await within(vmm.ended)).status, 0)
    assert.is(lastOf(vmm).reason, 'stopped')
  })
}

test.skipIf(skip, 'SIGTERM ends it while the plan is still being written', async () => {
  const kvmFd = openSync('/dev/kvm', 'r+')
  const child = spawn(VMM_FILE, '--plan 3 --kvm 4 --events 5'.split(' '), {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe', kvmFd, 'pipe'],
  })
  closeSync(kvmFd)
  const pipes = child.stdio as (Readable | Writable | null)[]
  const [plan, eventStream] = [pipes[3] as Writable, pipes[5] as Readable]
  plan.on('error', () => {})
  plan.write('{')
  const events = text(eventStream)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  await eventually(() => holdsBack(child.pid ?? 0, constants.signals.SIGTERM), 'the signal is waited for')
  child.kill('SIGTERM')
  assert.is(await within(ended), 0)
  assert.is((JSON.parse(await events) as { reason: string }).reason, 'stopped')
})

test.skipIf(skip, 'signals that mean nothing to it are ignored', async () => {
  const vmm = start(planFor(HALT))
  await within(vmm.started)
  for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGALRM'] as const) vmm.process.kill(signal)
  vmm.process.kill('SIGTERM')
  assert.is((await within(vmm.ended)).status, 0)
  assert.is(lastOf(vmm).reason, 'stopped')
})

test.skipIf(skip, 'console input reaches the guest and comes back', async () => {
  const vmm = start(planFor(ECHO))
  const output = text(vmm.console.output)
  const typed = `${'a long line '.repeat(40)}!`
  vmm.console.input.write(typed)
  assert.is((await within(vmm.ended)).status, 0)
  assert.is(await output, typed)
})

test.skipIf(skip, 'a console pipe that nobody reads stalls neither guest nor stop', async () => {
  const vmm = start(planFor(FLOOD))
  await within(vmm.started)
  const { startTime } = addon.processIdentity(vmm.process.pid ?? 0) ?? { startTime: '' }
  // 64 KiB fill the pipe; the vCPU must go on taking processor time behind that.
  const before = await timeOfVcpu(vmm.process.pid ?? 0, 300)
  assert.ok((await timeOfVcpu(vmm.process.pid ?? 0, 300)) > before)
  assert.is(addon.signalProcess(vmm.process.pid ?? 0, startTime, 15), 'sent')
  const asked = Date.now()
  assert.is((await within(vmm.ended)).status, 0)
  assert.ok(Date.now() - asked < 5000, 'the flush is bounded')
  assert.is(lastOf(vmm).reason, 'stopped')
})

test.skipIf(skip, 'a console pipe that is closed kills nothing', async () => {
  const vmm = start(planFor([...print('into the void'.repeat(20)), ...RESET, ...HALT]))
  vmm.console.output.destroy()
  vmm.console.input.destroy()
  assert.is((await within(vmm.ended)).status, 0)
  assert.is(lastOf(vmm).reason, 'reset')
})

/** Processor time of the first vCPU's thread, in clock ticks, after a pause. */
async function timeOfVcpu(pid: number, pauseMs: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, pauseMs))
  for (const id of readdirSync(`/proc/${pid}/task`)) {
    const stat = readFileSync(`/proc/${pid}/task/${id}/stat`, 'utf8')
    if (!stat.includes('(vcpu0)')) continue
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(fields[11]) + Number(fields[12])
  }
  throw new Error('there is no vcpu0')
}

test.after(() => rmSync(directory, { recursive: true }))

test.run()
