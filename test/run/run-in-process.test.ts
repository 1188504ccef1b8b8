// Machines in this process, through the library.
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as assert from 'uvu/assert'
import { openInput, probeHost, runInProcess, type RunnableVm, type StoppedEvent } from '../../src/index.ts'
import { helloManifest, makeWorkplace } from '../cli/volt.ts'
import { VoltError } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from '../vm/kvm.ts'

const test = suite('a machine in this process, through the library')
const skip = whyNoMachines()

async function withVm(manifest: string, body: (vm: RunnableVm) => Promise<void>): Promise<void> {
  const place = await makeWorkplace({ 'vm.yaml': manifest })
  const input = await openInput(`${place.directory}/vm.yaml`)
  try {
    assert.equal(input.diagnostics, [])
    const [vm] = input.compile(await probeHost()).vms
    assert.ok(vm)
    await body(vm)
  } finally {
    await input.close()
    await place.remove()
  }
}

async function openDescriptors(): Promise<number> {
  return (await readdir('/proc/self/fd')).length
}

test.skipIf(skip, 'gives its console and how it ended', async () => {
  await withVm(helloManifest({ vcpus: 2 }), async (vm) => {
    let text = ''
    const events: string[] = []
    const running = await runInProcess(vm, {
      onConsole: (chunk) => (text += chunk.toString()),
      onEvent: ({ event }) => events.push(event),
    })
    const { reason, exitCode } = await running.ended
    assert.equal([reason, exitCode], ['reset', 0])
    assert.match(text, '2 of 2 processors answered')
    assert.equal(events, ['started', 'stopped'])
  })
})

test.skipIf(skip, 'stops when it is asked to, and takes no input afterwards', async () => {
  await withVm(helloManifest({ cmdline: 'stay' }), async (vm) => {
    let text = ''
    const running = await runInProcess(vm, { onConsole: (chunk) => (text += chunk.toString()) })
    await eventually(() => text.includes('staying'), 'the guest idles')
    running.stop()
    assert.is((await running.ended).reason, 'stopped')
    assert.is(running.write(Buffer.from('late')), 4)
    running.stop()
  })
})

test.skipIf(skip, 'leaves no descriptor open, run after run', async () => {
  await withVm(helloManifest(), async (vm) => {
    const run = async (): Promise<StoppedEvent> => (await runInProcess(vm, { onConsole: () => undefined })).ended
    await run()
    const before = await openDescriptors()
    for (let round = 0; round < 10; round++) assert.is((await run()).reason, 'reset')
    assert.is(await openDescriptors(), before)
  })
})

test.skipIf(skip, 'a vsock’s socket is removed with its directory, also when the machine cannot be made', async () => {
  await withVm(`${helloManifest()}vsock: true\n`, async (vm) => {
    const before = await openDescriptors()
    const running = await runInProcess(vm, { onConsole: () => undefined })
    const [socket = ''] = running.vsocks
    assert.ok(existsSync(socket))
    await running.ended
    assert.not(existsSync(dirname(socket)))
    const place = dirname(dirname(socket))
    const names = await readdir(place)
    const broken = { ...vm, files: new Map() }
    const error: unknown = await runInProcess(broken, { onConsole: () => undefined }).catch((thrown: unknown) => thrown)
    assert.instance(error, VoltError)
    assert.equal(await readdir(place), names)
    assert.is(await openDescriptors(), before)
  })
})

test.run()
