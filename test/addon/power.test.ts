// Machine of volt.node: the power button, and what the guest's power devices make of a machine.
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { NativeMachine, VmEvent } from '../../src/host/native-addon.ts'
import { native } from '../../src/host/native.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from '../vm/kvm.ts'
import { guests, tinyPlan } from './tiny-guest.ts'

const test = suite('the addon: power')
const skip = whyNoMachines()
const directory = mkdtempSync(join(tmpdir(), 'volt-power-'))
test.after(() => rmSync(directory, { recursive: true }))

interface Observed {
  machine: NativeMachine
  events: VmEvent[]
  console: () => string
  names: () => string[]
}

function machineOf(code: number[], withPower = true): Observed {
  const file = join(directory, 'kernel')
  writeFileSync(file, Buffer.from(code))
  const kernel = openSync(file, 'r')
  const kvm = openSync('/dev/kvm', 'r+')
  const events: VmEvent[] = []
  let output = ''
  const plan = Buffer.from(JSON.stringify(tinyPlan(code.length, withPower)))
  try {
    const machine = new (native().Machine)(
      { plan, kvm, files: { kernel } },
      (event) => events.push(event),
      (chunk) => (output += chunk.toString()),
    )
    return { machine, events, console: () => output, names: () => events.map(({ event }) => event) }
  } finally {
    closeSync(kernel)
    closeSync(kvm)
  }
}

test.skipIf(skip, 'presses the button of a running guest, which switches itself off', async () => {
  const { machine, events, console, names } = machineOf(guests.obeysButton)
  assert.is(machine.pressPowerButton(), false, 'not started yet')
  machine.start()
  await eventually(() => console() === 'r', 'the guest is ready')
  assert.is(machine.pressPowerButton(), true)
  await eventually(() => names().includes('stopped'), 'the machine has ended')
  assert.equal(names(), ['started', 'power-button', 'stopped'])
  const last = events.at(-1)
  assert.equal(last?.event === 'stopped' && [last.reason, last.exitCode], ['poweroff', 0])
  assert.is(machine.pressPowerButton(), false, 'ended')
  machine.close()
  assert.is(machine.pressPowerButton(), false, 'closed')
})

test.skipIf(skip, 'has no button to press without a power device', async () => {
  const { machine, console, names } = machineOf(guests.obeysButton, false)
  machine.start()
  await eventually(() => console() === 'r', 'the guest is ready')
  assert.is(machine.pressPowerButton(), false)
  machine.stop()
  await eventually(() => names().includes('stopped'), 'the machine has ended')
  assert.equal(names(), ['started', 'stopped'])
})

test.skipIf(skip, 'pauses and resumes a guest, whose button resumes it too', async () => {
  const { machine, console, names } = machineOf(guests.obeysButton)
  assert.is(machine.pause(), false, 'not started yet')
  machine.start()
  await eventually(() => console() === 'r', 'the guest is ready')
  assert.equal([machine.pause(), machine.resume(), machine.pause()], [true, true, true])
  assert.is(machine.pressPowerButton(), true)
  await eventually(() => names().includes('stopped'), 'the machine has ended')
  assert.equal(names(), ['started', 'paused', 'resumed', 'paused', 'power-button', 'resumed', 'stopped'])
  assert.equal([machine.pause(), machine.resume()], [false, false])
  machine.close()
  assert.equal([machine.pause(), machine.resume()], [false, false])
})

test.skipIf(skip, 'tells of a crash kernel and of a panic', async () => {
  const { machine, events, names } = machineOf(guests.panics)
  machine.start()
  await eventually(() => names().includes('stopped'), 'the machine has ended')
  assert.equal(names(), ['started', 'crash-loaded', 'stopped'])
  const last = events.at(-1)
  assert.equal(last?.event === 'stopped' && [last.reason, last.exitCode], ['panic', 20])
})

test.run()
