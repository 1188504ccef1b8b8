// volt.node's probes and Machine as their users see them (docs/architecture.md).
import { closeSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import * as assert from 'uvu/assert'
import { packageFile } from '../../src/host/built-files.ts'
import { suite } from '../suite.ts'
import {
  ECHO,
  FLOOD,
  HALT,
  RESET,
  addon,
  bytesOf,
  errorOf,
  planFor,
  print,
  record,
  vcpuThreads,
  withoutKvm,
  within,
} from './native-support.ts'

const test = suite('volt.node')
const skip = withoutKvm()
const kvm = skip === false ? openSync('/dev/kvm', 'r+') : -1

function machineFor(plan: unknown, recording = record()) {
  return new addon.Machine({ plan: bytesOf(plan), kvm, files: {} }, recording.onEvent, recording.onConsole)
}

test.skipIf(skip, 'probe gives facts that satisfy the schema', () => {
  const probed = addon.probe()
  assert.ok('facts' in probed)
  const validate = new Ajv().compile(
    JSON.parse(readFileSync(packageFile('schema/host-facts.schema.json'), 'utf8')) as object,
  )
  assert.ok(validate(probed.facts), JSON.stringify(validate.errors))
})

test('probe and probeExecution give an error with code and hint where there is no KVM', () => {
  for (const result of [addon.probe('/nowhere/kvm'), addon.probe('/dev/null'), addon.probeExecution('/nowhere/kvm')]) {
    assert.ok('error' in result)
    assert.instance(result.error, Error)
    assert.is(result.error.code, 'KVM_MISSING')
    assert.ok((result.error.errno ?? 0) > 0)
    assert.ok(result.error.hint)
  }
})

test.skipIf(skip, 'probeExecution decides within a fraction of a second', () => {
  const start = process.hrtime.bigint()
  const result = addon.probeExecution()
  assert.ok('kernelMode' in result)
  assert.ok(['native', 'emulated'].includes(result.kernelMode))
  assert.ok(process.hrtime.bigint() - start < 1_000_000_000n)
})

test.skipIf(skip, 'a machine delivers started, its output, then stopped', async () => {
  const recording = record()
  const machine = machineFor(planFor([...print('hello'), ...RESET, ...HALT], 2), recording)
  machine.start()
  const stopped = await within(recording.stopped)
  assert.is(stopped.reason, 'reset')
  assert.is(stopped.exitCode, 0)
  assert.is(recording.output, 'hello')
  assert.equal(
    recording.events.map(({ event }) => event),
    ['started', 'stopped'],
  )
  assert.is((recording.events[0] as { vcpus: number }).vcpus, 2)
  machine.close()
})

test.skipIf(skip, 'stop before start delivers stopped, and start is refused then', async () => {
  const recording = record()
  const machine = machineFor(planFor(HALT), recording)
  machine.stop()
  machine.stop()
  assert.is((await within(recording.stopped)).reason, 'stopped')
  assert.is(errorOf(() => machine.start()).code, 'HOST_ERROR')
  assert.equal(
    recording.events.map(({ event }) => event),
    ['stopped'],
  )
})

test.skipIf(skip, 'stop ends a running machine once, however often it is called', async () => {
  const recording = record()
  const machine = machineFor(planFor(HALT, 4), recording)
  machine.start()
  assert.is(errorOf(() => machine.start()).code, 'HOST_ERROR')
  machine.stop()
  machine.stop()
  assert.is((await within(recording.stopped)).reason, 'stopped')
  machine.stop()
  machine.close()
  machine.close()
  assert.is(machine.write(Buffer.from('x')), 0)
})

test.skipIf(skip, 'close gives every descriptor back and still delivers stopped', async () => {
  const before = readdirSync('/proc/self/fd').length
  const recording = record()
  const machine = machineFor(planFor(FLOOD, 3), recording)
  assert.ok(readdirSync('/proc/self/fd').length > before)
  machine.start()
  machine.close()
  assert.is(readdirSync('/proc/self/fd').length, before)
  assert.is((await within(recording.stopped)).reason, 'stopped')
})

test.skipIf(skip, 'an ended machine gives its descriptors back without close', async () => {
  const before = readdirSync('/proc/self/fd').length
  const recording = record()
  machineFor(planFor([...RESET, ...HALT]), recording).start()
  await within(recording.stopped)
  await new Promise((resolve) => setImmediate(resolve))
  assert.is(readdirSync('/proc/self/fd').length, before)
})

test.skipIf(skip, 'write takes what the buffer holds and no more, and the guest gets it all', async () => {
  const recording = record()
  const machine = machineFor(planFor(ECHO), recording)
  const text = Buffer.from(`${'0123456789'.repeat(1000)}!`)
  // Not running yet: only the buffer and the receiver fill.
  let sent = machine.write(text)
  sent += machine.write(text.subarray(sent))
  assert.ok(sent > 0 && sent < text.length, String(sent))
  assert.is(machine.write(text.subarray(sent)), 0)
  machine.start()
  const deadline = Date.now() + 10_000
  while (sent < text.length && Date.now() < deadline) {
    sent += machine.write(text.subarray(sent))
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await within(recording.stopped)
  assert.is(recording.output, text.toString())
})

test.skipIf(skip, 'resize tells a virtio console, at any time, and no other machine', async () => {
  const withConsole = planFor(HALT)
  withConsole.devices.push({
    ...{ id: 'console', type: 'virtio-console', mmio: { base: '0xd0000000', size: 4096 }, gsi: 5, queueSize: 256 },
  })
  const recording = record()
  const machine = machineFor(withConsole, recording)
  assert.is(machine.resize(80, 25), true, 'not started yet')
  machine.start()
  assert.is(machine.resize(65535, 1), true)
  for (const [columns, rows] of [[0, 1], [1, 65536], [1.5, 1], [NaN, 1], ['80', 25], [80]] as [number, number][]) {
    assert.throws(() => machine.resize(columns, rows), /columns and rows must be integers from 1 to 65535/)
  }
  machine.stop()
  await within(recording.stopped, 10_000)
  machine.close()
  assert.is(machine.resize(80, 25), false, 'closed')
  const without = machineFor(planFor(HALT))
  assert.is(without.resize(80, 25), false)
  without.close()
})

test.skipIf(skip, 'a JavaScript thread that is busy holds up no guest', async () => {
  const recording = record()
  const machine = machineFor(planFor([...print('on and on'), ...RESET, ...HALT]), recording)
  machine.start()
  const deadline = Date.now() + 10_000
  while (vcpuThreads() > 0 && Date.now() < deadline);
  assert.is(vcpuThreads(), 0)
  assert.equal(recording.events, [], 'nothing can be delivered yet')
  assert.is((await within(recording.stopped)).reason, 'reset')
  assert.is(recording.output, 'on and on')
})

test.skipIf(skip, 'a plan that is wrong or too demanding is refused with its code', () => {
  assert.is(errorOf(() => machineFor({})).code, 'PLAN_INVALID')
  const overlapping = planFor(HALT)
  overlapping.memory.push({ gpa: '0x1000', size: 4096 })
  assert.match(errorOf(() => machineFor(overlapping)).message, /\/memory\/1/)
  const demanding = planFor(HALT)
  demanding.requires.capabilities.push('KVM_CAP_OF_TOMORROW')
  assert.is(errorOf(() => machineFor(demanding)).code, 'KVM_CAPABILITY')
  const noKvm = openSync('/dev/null', 'r+')
  const error = errorOf(
    () =>
      new addon.Machine(
        { plan: bytesOf(planFor(HALT)), kvm: noKvm, files: {} },
        () => {},
        () => {},
      ),
  )
  assert.is(error.code, 'KVM_MISSING')
  closeSync(noKvm)
})

test.skipIf(skip, 'files come from their descriptors; a missing, changed or unknown one is refused', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'volt-native-'))
  const file = join(directory, 'code')
  writeFileSync(file, Buffer.from([...print('from a file'), ...RESET, ...HALT]))
  const fd = openSync(file, 'r')
  const size = readFileSync(file).length
  const plan = planFor([])
  plan.files = [{ id: 'kernel', size, sha256: '0'.repeat(64) }]
  plan.load = [{ label: 'kernel.0', gpa: '0x1000', size: 4096, from: { file: 'kernel', offset: 0, size } }]
  const make = (files: Record<string, number>, recording = record()) =>
    new addon.Machine({ plan: bytesOf(plan), kvm, files }, recording.onEvent, recording.onConsole)
  assert.match(errorOf(() => make({})).message, /kernel/)
  assert.match(errorOf(() => make({ kernel: fd, initrd: fd })).message, /initrd/)
  const recording = record()
  make({ kernel: fd }, recording).start()
  await within(recording.stopped)
  assert.is(recording.output, 'from a file')
  writeFileSync(file, 'short')
  assert.match(errorOf(() => make({ kernel: fd })).message, /5 bytes/)
  closeSync(fd)
  rmSync(directory, { recursive: true })
})

test('arguments of the wrong type are TypeErrors, whatever getters do', () => {
  const good = { plan: Buffer.from('{}'), kvm: 0, files: {} }
  const wrong: unknown[] = [
    undefined,
    null,
    1,
    {},
    { ...good, plan: '{}' },
    { ...good, plan: new Uint16Array(1) },
    { ...good, kvm: -1 },
    { ...good, kvm: 1.5 },
    { ...good, kvm: 2 ** 31 },
    { ...good, kvm: Number.NaN },
    { ...good, files: 1 },
    { ...good, files: { kernel: 'x' } },
  ]
  for (const options of wrong) {
    const error = errorOf(
      () =>
        new addon.Machine(
          options as never,
          () => {},
          () => {},
        ),
    )
    assert.instance(error, TypeError)
    assert.is(error.code, 'ERR_INVALID_ARG_TYPE')
  }
  assert.instance(
    errorOf(() => new addon.Machine(good, undefined as never, () => {})),
    TypeError,
  )
  const throwing = (key: string) => Object.defineProperty({ ...good }, key, { get: () => { throw new RangeError(key) } }) // prettier-ignore
  for (const key of ['plan', 'kvm', 'files']) {
    assert.instance(
      errorOf(
        () =>
          new addon.Machine(
            throwing(key),
            () => {},
            () => {},
          ),
      ),
      RangeError,
    )
  }
})

test.after(() => {
  if (kvm >= 0) closeSync(kvm)
})

test.run()
