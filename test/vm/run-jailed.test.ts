// The processes of `volt run`: a keeper and a jailed machine below it, or none.
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { finish, helloManifest, MAIN, type Ended, type Workplace } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from './kvm.ts'
import { childrenOf, isAlive, machineOf, readProcess, withPlace } from './place.ts'

const test = suite('the processes of volt run')
const skip = whyNoMachines()
const stay = helloManifest({ cmdline: 'stay', vcpus: 2 })

interface Running {
  volt: ChildProcess & { pid: number }
  /** 0 where there is none. */
  keeper: number
  machine: number
  ended: Promise<Ended>
}

/** When its guest idles. Temporary files and sockets are in the directory `tmp` of the place. */
async function running(place: Workplace, ...options: string[]): Promise<Running> {
  const tmp = join(place.directory, 'tmp')
  await mkdir(tmp, { recursive: true })
  const volt = place.start(['run', ...options, 'vm.yaml'], { env: { TMPDIR: tmp, XDG_RUNTIME_DIR: '' } })
  let text = ''
  volt.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const ended = place.finish(volt, null)
  await eventually(() => text.includes('staying'), 'the guest idles')
  const { pid = 0 } = volt
  const keeper = keeperOf(pid)
  return { volt: Object.assign(volt, { pid }), keeper, machine: keeper === 0 ? 0 : machineOf(keeper), ended }
}

function keeperOf(volt: number): number {
  return childrenOf(volt).find((child) => readProcess(child, 'cmdline').split('\0')[1] === 'keep') ?? 0
}

async function isEmpty(place: Workplace): Promise<boolean> {
  return (await readdir(join(place.directory, 'tmp'))).length === 0
}

test.skipIf(skip, 'the machine is jailed, with its console and its end as ever, and nothing is recorded', async () => {
  await withPlace({ 'vm.yaml': `${stay}sandbox: strict\nconsole: { device: virtio }\n` }, async (place) => {
    const { volt, machine, ended } = await running(place)
    const status = await readFile(`/proc/${machine}/status`, 'utf8')
    for (const line of [/^Seccomp:\t2$/m, /^NoNewPrivs:\t1$/m, /^CapEff:\t0+$/m, /^CapBnd:\t0+$/m]) {
      assert.match(status, line)
    }
    for (const kind of ['pid', 'mnt', 'ipc', 'uts', 'net', 'cgroup']) {
      assert.is.not(await readlink(`/proc/${machine}/ns/${kind}`), await readlink(`/proc/self/ns/${kind}`), kind)
    }
    assert.equal(await readdir(`/proc/${machine}/root`), [])
    assert.ok(await isEmpty(place), 'neither the plan nor the control socket has a name')
    volt.kill('SIGTERM')
    const { code, stderr } = await ended
    assert.is(code, 143)
    assert.match(stderr, 'hello: stopped: ')
    assert.not(existsSync(place.stateHome))
  })
})

test.skipIf(skip, 'volt killed by SIGKILL takes keeper, machine, broker and socket with it', async () => {
  await withPlace({ 'vm.yaml': `${stay}vsock: true\n` }, async (place) => {
    const { volt, keeper, machine, ended } = await running(place)
    assert.not(await isEmpty(place), 'the socket of the vsock is there')
    volt.kill('SIGKILL')
    await ended
    await eventually(() => !isAlive(machine) && !isAlive(keeper), 'keeper and machine have ended')
    await eventually(() => isEmpty(place), 'the socket is gone with its directory')
  })
})

test.skipIf(skip, 'a keeper that is killed takes the machine along, and volt says so', async () => {
  await withPlace({ 'vm.yaml': stay }, async (place) => {
    const { keeper, machine, ended } = await running(place)
    process.kill(keeper, 'SIGKILL')
    const { code, stderr } = await ended
    assert.is(code, 4, stderr)
    assert.match(stderr, "error[HOST_ERROR]: the machine's keeper was killed by SIGKILL, and the machine with it")
    await eventually(() => !isAlive(machine), 'the machine has ended')
  })
})

test.skipIf(skip, 'a machine that is killed is told as killed', async () => {
  await withPlace({ 'vm.yaml': stay }, async (place) => {
    const { machine, ended } = await running(place)
    process.kill(machine, 'SIGKILL')
    const { code, stderr } = await ended
    assert.is(code, 137)
    assert.match(stderr, "hello: killed: the machine's process was killed by SIGKILL")
  })
})

test.skipIf(skip, 'with --in-process there is no other process, and the machine ends by a signal', async () => {
  await withPlace({ 'vm.yaml': stay }, async (place) => {
    const { volt, keeper, ended } = await running(place, '--in-process')
    assert.is(keeper, 0)
    assert.ok((await readdir(`/proc/${volt.pid}/task`)).length > 2)
    volt.kill('SIGINT')
    const { code, stderr } = await ended
    assert.is(code, 130)
    assert.match(stderr, 'hello: stopped: ')
  })
})

test.skipIf(skip, '--in-process is no place for a strict sandbox', async () => {
  await withPlace({ 'vm.yaml': `${stay}sandbox: strict\n` }, async (place) => {
    const { code, stderr } = await place.volt('run', '--in-process', 'vm.yaml')
    assert.is(code, 64)
    assert.match(stderr, 'error[USAGE]: hello has `sandbox: strict`, and --in-process has no sandbox')
  })
})

const noNamespaces = skip || (existsSync('/usr/bin/unshare') ? false : 'unshare(1) is not installed')

test.skipIf(noNamespaces, 'a strict sandbox on a host without namespaces is refused with its sentence', async () => {
  await withPlace({ 'vm.yaml': `${stay}sandbox: strict\n` }, async (place) => {
    const forbid = 'echo 0 > /proc/sys/user/max_pid_namespaces && exec "$0" "$@"'
    const child = spawn('unshare', ['-Ur', 'sh', '-c', forbid, process.execPath, MAIN, 'run', 'vm.yaml'], {
      cwd: place.directory,
      env: { ...process.env, XDG_STATE_HOME: place.stateHome },
    })
    const { code, stdout, stderr } = await finish(child)
    assert.is(code, 1, stderr)
    assert.is(stdout, '')
    assert.match(stderr, /namespaces of its own \(clone3\): .*`sandbox: best-effort` runs without/)
  })
})

test.run()
