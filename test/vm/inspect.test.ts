// A machine in the background, asked and changed by its control socket.
import { stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { inDirectory } from '../../src/host/listen-socket.ts'
import type { Inspection } from '../../src/run/control-protocol.ts'
import { helloManifest, type Workplace } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from './kvm.ts'
import { ps, withPlace } from './place.ts'

const test = suite('volt inspect, set')
const skip = whyNoMachines()
const MIB = 1024 ** 2

const manifest = `${helloManifest({ cmdline: 'stay', vcpus: 2, stopTimeout: '300ms' })}rng: true
balloon: { target: 96MiB }
`

type InspectedVm = Inspection & { project: string; name: string; pid: number; digest: string }

async function inspect(place: Workplace): Promise<InspectedVm> {
  const { code, stdout, stderr } = await place.volt('inspect', '--json', 'hello')
  assert.is(code, 0, stderr)
  return JSON.parse(stdout) as InspectedVm
}

async function applied(place: Workplace): Promise<void> {
  const { code, stderr } = await place.volt('apply', 'vm.yaml')
  assert.is(code, 0, stderr)
}

const stateOf = (place: Workplace): string => join(place.stateHome, 'volt', 'lab', 'hello')

test.skipIf(skip, 'shows state, plan and devices with their counters, as JSON and as text', async () => {
  await withPlace({ 'vm.yaml': manifest }, async (place) => {
    await applied(place)
    const [listed] = await ps(place)
    const vm = await inspect(place)
    assert.equal([vm.project, vm.name, vm.state, vm.pid], ['lab', 'hello', 'running', listed?.pid])
    assert.match(vm.digest, /^sha256:[0-9a-f]{64}$/)
    assert.equal([vm.vcpus, vm.memoryBytes], [2, 128 * MIB])
    assert.ok(vm.uptimeMs >= 0 && vm.uptimeMs < 60_000)
    assert.equal(vm.devices.map(({ id, type }) => `${id} ${type}`), ['rng virtio-rng', 'balloon virtio-balloon']) // prettier-ignore
    const names = 'bytesFromGuest bytesToGuest errors faults interrupts notifications requests throttled'
    for (const { counters } of vm.devices) assert.is(Object.keys(counters).sort().join(' '), names)
    const { statistics, ...balloon } = vm.devices[1]?.balloon ?? { statistics: undefined }
    assert.equal(balloon, { targetBytes: 96 * MIB, actualBytes: 128 * MIB, inflatedBytes: 0, reportedBytes: 0 })
    assert.equal(statistics, {})

    const { code, stdout } = await place.volt('inspect', 'hello')
    assert.is(code, 0)
    assert.match(stdout, /^hello\nstate {3}running, started \d+s ago, process \d+\nplan {4}sha256:/)
    assert.match(stdout, /^rng +virtio-rng +0 +0B? /m)
    assert.match(stdout, 'the guest keeps 128MiB, and is asked to keep 96MiB')
    assert.match(stdout, /^the guest says +nothing yet$/m)
  })
})

test.skipIf(skip, 'the socket is its owner’s alone, and goes on after what is no request', async () => {
  await withPlace({ 'vm.yaml': manifest }, async (place) => {
    await applied(place)
    const socket = join(stateOf(place), 'control.sock')
    assert.is((await stat(socket)).mode & 0o777, 0o600)
    const reply = await inDirectory(stateOf(place), 'control.sock', (path) => {
      return new Promise<string>((resolve, reject) => {
        const client = connect(path, () => client.write('x'.repeat(100_000)))
        let heard = ''
        client.on('data', (chunk: Buffer) => (heard += chunk.toString()))
        client.on('close', () => resolve(heard)).on('error', (error) => heard === '' && reject(error))
      })
    })
    assert.match(reply, '"code":"REQUEST_INVALID"')
    assert.is((await inspect(place)).state, 'running')
  })
})

test.skipIf(skip, 'changes what the guest keeps and what a device may do, and refuses what it has not', async () => {
  await withPlace({ 'vm.yaml': manifest }, async (place) => {
    await applied(place)
    const set = async (...settings: string[]) => {
      const { code, stderr } = await place.volt('set', 'hello', ...settings)
      return `${code} ${stderr.split('\n')[0]}`
    }
    assert.is(await set('balloon=64MiB', 'rng.bandwidth=1MiB/s'), '0 hello: balloon=64MiB')
    assert.is((await inspect(place)).devices[1]?.balloon?.targetBytes, 64 * MIB)
    assert.match(await set('balloon=129MiB'), /^64 error\[USAGE\]: the target is more than the machine's memory/)
    assert.match(await set('balloon=32MiB', 'balloon=lots'), /^64 error\[USAGE\]: 'lots' is no size/)
    assert.is((await inspect(place)).devices[1]?.balloon?.targetBytes, 64 * MIB)
    assert.match(await set('disk.root.ops=1'), /^1 error\[NO_SUCH_DEVICE\]: the machine has no device disk-root/)
    assert.match(await set('balloon=48MiB', 'disk.root.ops=1'), /^1 hello: balloon=48MiB$/)
    const half = await place.volt('set', '--json', 'hello', 'balloon=40MiB', 'disk.root.ops=1')
    assert.match(half.stdout, /no device disk-root; done before it: balloon=40MiB"/)
    const { stdout } = await place.volt('set', '--json', 'hello', 'balloon=32MiB')
    assert.equal(JSON.parse(stdout), { formatVersion: 1, project: 'lab', name: 'hello', settings: ['balloon=32MiB'] })
    // What is set changes no plan.
    assert.is((await place.volt('plan', '--detailed-exitcode', 'vm.yaml')).code, 0)
  })
})

test.skipIf(skip, 'a machine that does not run, or that nobody knows, is named', async () => {
  const text = helloManifest({ cmdline: 'poweroff' })
  await withPlace({ 'vm.yaml': text }, async (place) => {
    await applied(place)
    await eventually(async () => (await ps(place))[0]?.state === 'stopped', 'it has powered itself off')
    for (const args of [
      ['inspect', 'hello'],
      ['set', 'hello', 'balloon=64MiB'],
    ]) {
      const { code, stderr } = await place.volt(...args)
      assert.is(code, 1)
      assert.match(stderr, "error[NOT_RUNNING]: the machine 'hello' does not run: stopped (poweroff)")
    }
    const unknown = await place.volt('inspect', 'nobody')
    assert.is(unknown.code, 1)
    assert.match(unknown.stderr, "error[NO_SUCH_VM]: there is no machine 'nobody'")
  })
})

test.skipIf(skip, 'a machine without a balloon says so', async () => {
  await withPlace({ 'vm.yaml': helloManifest({ cmdline: 'stay', stopTimeout: '300ms' }) }, async (place) => {
    await applied(place)
    assert.equal((await inspect(place)).devices, [])
    const { code, stderr } = await place.volt('set', 'hello', 'balloon=64MiB')
    assert.is(code, 1)
    assert.match(stderr, 'error[NO_SUCH_DEVICE]: the machine has no balloon')
  })
})

test.run()
