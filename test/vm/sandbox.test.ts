// The sandbox of a machine that runs: the shipped volt-vmm's own layers, as the kernel sees them.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { machineUser } from '../../src/run/machine-user.ts'
import { helloManifest } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from './kvm.ts'
import { machineOf, ps, withPlace } from './place.ts'

const test = suite('the sandbox of a machine')
const skip = whyNoMachines()
/** Linux 6.6; 2 forbids it, 1 to those without a right. */
const IO_URING_SWITCH = '/proc/sys/kernel/io_uring_disabled'
const reader = fileURLToPath(new URL('../../build-dev/volt-read-filters', import.meta.url))
const ringsAreForbidden = existsSync(IO_URING_SWITCH) && readFileSync(IO_URING_SWITCH, 'utf8').trim() !== '0'
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
    const limits = await readFile(`/proc/${machine}/limits`, 'utf8')
    for (const line of [/^Max core file size +0 +0 /m, /^Max processes +(\d{1,3}|[1-4]\d{3}) /m, /^Max open files +(\d{1,3}|[1-8]\d{3}) /m]) assert.match(limits, line) // prettier-ignore
    // Of one that nobody may look into they are root's.
    assert.is((await stat(`/proc/${machine}/mem`)).uid, 0)
    const oomScore = async (pid: number) => Number(await readFile(`/proc/${pid}/oom_score_adj`, 'utf8'))
    assert.is(await oomScore(machine), Math.min((await oomScore(vm?.pid ?? 0)) + 100, 1000))
    if (process.getuid?.() === 0) {
      const user = machineUser('lab', 'hello')
      for (const kind of ['Uid', 'Gid']) assert.match(status, new RegExp(`^${kind}:(\\t${user}){4}$`, 'm'))
    }
    const { stdout } = await place.volt('inspect', '--json', 'hello')
    const { sandbox } = JSON.parse(stdout) as { sandbox: { mode: string; layers: string[]; landlockAbi: number } }
    assert.is(sandbox.mode, 'best-effort')
    assert.equal(sandbox.layers, ['descriptors', 'no-new-privileges', 'capabilities', 'limits', 'landlock', 'seccomp'])
    assert.ok(sandbox.landlockAbi >= 1)
    assert.match((await place.volt('inspect', 'hello')).stdout, /^sandbox +best-effort: .*seccomp \(\d+ system calls/m)
  })
})

test.skipIf(skip, 'a guest that resets finds its disks again, by the rings that were made for it first', async () => {
  const disks = 'disks: [{ name: one, path: ./one.img }, { name: two, path: ./two.img, overlay: true }]\n'
  const image = '\0'.repeat(2 ** 20)
  const files = { 'vm.yaml': helloManifest({ stopTimeout: '300ms' }) + disks, 'one.img': image, 'two.img': image }
  await withPlace(files, async (place) => {
    const { code, stderr } = await place.volt('apply', 'vm.yaml')
    assert.is(code, 0, stderr)
    const [vm] = await ps(place)
    const machine = machineOf(vm?.pid)
    const rings = async () => {
      const names = await readdir(`/proc/${machine}/fd`)
      const targets = await Promise.all(names.map((name) => readlink(`/proc/${machine}/fd/${name}`).catch(() => '')))
      return names.filter((_, index) => targets[index] === 'anon_inode:[io_uring]').sort()
    }
    const before = await rings()
    assert.is(before.length, ringsAreForbidden ? 0 : 2)
    const events = join(place.stateHome, 'volt', 'lab', 'hello', 'events.ndjson')
    const boots = async () => (await readFile(events, 'utf8')).split('"event":"started"').length - 1
    await eventually(async () => (await boots()) >= 3, 'it has booted three times')
    assert.is(machineOf(vm?.pid), machine)
    assert.equal(await rings(), before)
    assert.not.match(await readFile(events, 'utf8'), 'killed')
  })
})

const skipLonely = skip || (process.getuid?.() !== 0 && 'needs root')

test.skipIf(skipLonely, 'what best effort lacks is told by apply, run and inspect', async () => {
  // A root that can become nobody else.
  const wrapper = ['unshare', '--map-root-user']
  const lacks = 'hello: the sandbox lacks the layer uid: cannot change the user (setresuid): '
  const files = { 'vm.yaml': manifest, 'short.yaml': helloManifest() }
  await withPlace(files, async (place) => {
    const applied = await place.finish(place.start(['apply', 'vm.yaml'], { wrapper }))
    assert.is(applied.code, 0, applied.stderr)
    assert.ok(applied.stderr.includes(lacks), applied.stderr)
    const inspected = await place.volt('inspect', 'hello')
    assert.match(inspected.stdout, /^missing +uid: cannot change the user/m)
    const ran = await place.finish(place.start(['run', 'short.yaml'], { wrapper }))
    assert.is(ran.code, 0, ran.stderr)
    assert.ok(ran.stderr.includes(lacks), ran.stderr)
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
    assert.equal(lines.filter((line) => line.startsWith('vcpu')), ['vcpu0: main settled vcpu', 'vcpu1: main settled vcpu']) // prettier-ignore
    assert.ok(lines.includes('volt-vmm: main settled'))
    // What the kernel runs for KVM in this process, and io_uring's workers, never return to it.
    const others = lines.filter((line) => !/^(vcpu|volt-vmm|kvm-|iou-)/.test(line))
    assert.ok(others.length >= 3, lines.join('\n'))
    for (const line of others) assert.match(line, /^\S+: main (settled )?device$/, lines.join('\n'))
  })
})

test.run()
