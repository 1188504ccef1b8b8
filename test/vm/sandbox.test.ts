// The sandbox of a machine that runs: the shipped volt-vmm's own layers, as the kernel sees them.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { helloManifest } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { whyNoMachines } from './kvm.ts'
import { machineOf, ps, withPlace } from './place.ts'

const test = suite('the sandbox of a machine')
const skip = whyNoMachines()
const reader = fileURLToPath(new URL('../../build-dev/volt-read-filters', import.meta.url))
const manifest = `${helloManifest({ cmdline: 'stay', vcpus: 2, stopTimeout: '300ms' })}rng: true\n`

test.skipIf(skip, 'seccomp, no new privileges and no capability are in force, and inspect says so', async () => {
  await withPlace({ 'vm.yaml': manifest }, async (place) => {
    assert.is((await place.volt('apply', 'vm.yaml')).code, 0)
    const [vm] = await ps(place)
    const machine = machineOf(vm?.pid)
    const status = await readFile(`/proc/${machine}/status`, 'utf8')
    for (const line of [/^Seccomp:\t2$/m, /^NoNewPrivs:\t1$/m, /^CapEff:\t0+$/m, /^CapPrm:\t0+$/m, /^CapBnd:\t0+$/m]) {
      assert.match(status, line)
    }
    for (const kind of ['pid', 'mnt', 'ipc', 'uts', 'net', 'cgroup']) {
      assert.is.not(await readlink(`/proc/${machine}/ns/${kind}`), await readlink(`/proc/self/ns/${kind}`), kind)
    }
    assert.equal(await readdir(`/proc/${machine}/root`), [])
    assert.is(await readFile(`/proc/${machine}/environ`, 'utf8'), '')
    const { stdout } = await place.volt('inspect', '--json', 'hello')
    const { sandbox } = JSON.parse(stdout) as { sandbox: { mode: string; layers: string[]; landlockAbi: number } }
    assert.is(sandbox.mode, 'best-effort')
    assert.equal(sandbox.layers, ['descriptors', 'no-new-privileges', 'capabilities', 'limits', 'landlock', 'seccomp'])
    assert.ok(sandbox.landlockAbi >= 1)
    assert.match((await place.volt('inspect', 'hello')).stdout, /^sandbox +best-effort: .*seccomp \(\d+ system calls/m)
  })
})

test.skipIf(skip, 'off is said too', async () => {
  await withPlace({ 'vm.yaml': `${manifest}sandbox: off\n` }, async (place) => {
    assert.is((await place.volt('apply', 'vm.yaml')).code, 0)
    assert.match((await place.volt('inspect', 'hello')).stdout, /^sandbox +off$/m)
  })
})

const skipReading =
  skip || (process.getuid?.() !== 0 ? 'needs root' : existsSync(reader) ? false : 'volt-read-filters is not built')

test.skipIf(skipReading, 'the filters of each thread are the programs of the table, byte for byte', async () => {
  await withPlace({ 'vm.yaml': manifest }, async (place) => {
    assert.is((await place.volt('apply', 'vm.yaml')).code, 0)
    const [vm] = await ps(place)
    const lines = execFileSync(reader, [String(machineOf(vm?.pid))], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .sort()
    assert.equal(lines.filter((line) => line.startsWith('vcpu')), ['vcpu0: main vcpu', 'vcpu1: main vcpu']) // prettier-ignore
    assert.ok(lines.includes('volt-vmm: main'))
    // What the kernel runs for KVM in this process, and io_uring's workers, never return to it.
    const others = lines.filter((line) => !/^(vcpu|volt-vmm|kvm-|iou-)/.test(line))
    assert.ok(others.length >= 3, lines.join('\n'))
    for (const line of others) assert.match(line, /^\S+: main device$/, lines.join('\n'))
  })
})

test.run()
