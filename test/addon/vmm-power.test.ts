// volt-vmm: SIGPWR, and what follows when the guest resets itself.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import * as assert from 'uvu/assert'
import { VMM_FILE } from '../../src/host/built-files.ts'
import type { VmEvent } from '../../src/host/native-addon.ts'
import { parseEvent } from '../../src/state/event-lines.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from '../vm/kvm.ts'
import { guests, tinyPlan } from './tiny-guest.ts'

const test = suite('volt-vmm: power')
const skip = whyNoMachines()
const directory = mkdtempSync(join(tmpdir(), 'volt-vmm-power-'))
const kernelFile = join(directory, 'kernel')
const children: ChildProcess[] = []
test.after(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(directory, { recursive: true })
})

class Vmm {
  readonly child: ChildProcess
  readonly exited: Promise<unknown[]>
  output = ''
  errors = ''
  private eventText = ''

  constructor(code: number[], more: string[] = [], withPower = true) {
    writeFileSync(kernelFile, Buffer.from(code))
    writeFileSync(join(directory, 'plan'), JSON.stringify(tinyPlan(code.length, withPower)))
    const given = [openSync(join(directory, 'plan'), 'r'), openSync('/dev/kvm', 'r+'), openSync(kernelFile, 'r')]
    const consoleAndEvents = ['--console-in', '0', '--console-out', '1', '--events', '6']
    const args = ['--plan', '3', '--kvm', '4', '--file', 'kernel=5', ...consoleAndEvents, ...more]
    this.child = spawn(VMM_FILE, args, { stdio: ['pipe', 'pipe', 'pipe', ...given, 'pipe'] })
    for (const descriptor of given) closeSync(descriptor)
    children.push(this.child)
    this.exited = once(this.child, 'close')
    this.child.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()))
    this.child.stderr?.on('data', (chunk: Buffer) => (this.errors += chunk.toString()))
    const events = this.child.stdio.at(6) as Readable
    events.on('data', (chunk: Buffer) => (this.eventText += chunk.toString()))
  }

  get events(): VmEvent[] {
    return this.eventText.split('\n').flatMap((line) => parseEvent(line) ?? [])
  }

  get names(): string[] {
    return this.events.map(({ event }) => event)
  }

  /** Delays of the `reset` events, in milliseconds. */
  get delays(): number[] {
    return this.events.flatMap((event) => (event.event === 'reset' ? [event.delayMs] : []))
  }

  get stopReason(): string | undefined {
    const last = this.events.at(-1)
    return last?.event === 'stopped' ? last.reason : undefined
  }

  says(text: string): Promise<void> {
    return eventually(() => this.output === text, `the console says ${text}`)
  }

  press(keys: string): void {
    this.child.stdin?.write(keys)
  }
}

test.skipIf(skip, 'presses the power button on SIGPWR, and the guest switches itself off', async () => {
  const vmm = new Vmm(guests.obeysButton)
  await vmm.says('r')
  vmm.child.kill('SIGPWR')
  assert.is((await vmm.exited)[0], 0)
  assert.equal([vmm.names, vmm.stopReason], [['started', 'power-button', 'stopped'], 'poweroff'])
})

test.skipIf(skip, 'says on SIGPWR that there is no button, and goes on', async () => {
  const vmm = new Vmm(guests.obeysButton, [], false)
  await vmm.says('r')
  vmm.child.kill('SIGPWR')
  await eventually(() => vmm.errors.includes('no power button'), 'standard error says so')
  vmm.child.kill('SIGTERM')
  assert.is((await vmm.exited)[0], 0)
  assert.equal([vmm.names, vmm.stopReason], [['started', 'stopped'], 'stopped'])
})

test.skipIf(skip, 'ends with 20 on a panic', async () => {
  const vmm = new Vmm(guests.panics)
  assert.is((await vmm.exited)[0], 20)
  assert.equal([vmm.names, vmm.stopReason], [['started', 'crash-loaded', 'stopped'], 'panic'])
})

test.skipIf(skip, 'ends when the guest resets itself, unless told to restart', async () => {
  for (const more of [[], ['--on-reset', 'stop']]) {
    const vmm = new Vmm(guests.resetsAtOnce, more)
    assert.is((await vmm.exited)[0], 0)
    assert.equal([vmm.names, vmm.stopReason], [['started', 'stopped'], 'reset'])
  }
})

test.skipIf(skip, 'boots again with fresh memory and the same console when the guest resets itself', async () => {
  const vmm = new Vmm(guests.resetsOnKey, ['--on-reset', 'restart'])
  await vmm.says('1')
  vmm.press('r')
  await vmm.says('11')
  vmm.press('r')
  await vmm.says('111')
  vmm.press('q')
  assert.is((await vmm.exited)[0], 0)
  assert.equal(vmm.names, ['started', 'reset', 'started', 'reset', 'started', 'stopped'])
  assert.is(vmm.stopReason, 'poweroff')
  assert.is(vmm.output, '111')
})

test.skipIf(skip, 'waits longer and longer for a guest that resets at once, and ends while it waits', async () => {
  const vmm = new Vmm(guests.resetsAtOnce, ['--on-reset', 'restart'])
  await eventually(() => vmm.delays.length === 5, 'five resets')
  assert.equal(vmm.delays, [100, 200, 400, 800, 1600])
  vmm.child.kill('SIGPWR')
  await eventually(() => vmm.errors.includes('no guest that runs'), 'a press in the pause is not lost silently')
  vmm.child.kill('SIGTERM')
  assert.is((await vmm.exited)[0], 0)
  assert.equal([vmm.names.at(-2), vmm.stopReason], ['reset', 'stopped'])
  const [first, last] = [vmm.events[0], vmm.events.at(-2)]
  const waitedMs = Date.parse(last?.time ?? '') - Date.parse(first?.time ?? '')
  assert.ok(waitedMs >= 1500, `four pauses of 1500 ms in all took ${waitedMs} ms`)
})

test.skipIf(skip, 'stops with host-error when it cannot boot again', async () => {
  const vmm = new Vmm(guests.resetsOnKey, ['--on-reset', 'restart'])
  await vmm.says('1')
  truncateSync(kernelFile, 1)
  vmm.press('r')
  assert.is((await vmm.exited)[0], 22)
  assert.equal([vmm.names, vmm.stopReason], [['started', 'reset', 'stopped'], 'host-error'])
  const last = vmm.events.at(-1)
  assert.match(last?.event === 'stopped' ? last.message : '', /cannot boot again: the file kernel has 1 bytes/)
})

test.run()
