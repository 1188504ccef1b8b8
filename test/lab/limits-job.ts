// In the lab, whose kernel has cgroup v2 with all controllers: limits of machines as its cgroupfs shows them, and none left
// over, whatever is killed. Says what it has shown, a line each.
import { ok, equal } from 'node:assert/strict'
import { execFileSync, spawn, spawnSync, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../dist/bin/volt.cjs', import.meta.url))
const KILL_AT = fileURLToPath(new URL('../vm/kill/kill-at.mjs', import.meta.url))
const ROOT = '/sys/fs/cgroup'
const directory = mkdtempSync(join(tmpdir(), 'volt-limits-'))
const env = { ...process.env, XDG_STATE_HOME: join(directory, 'state') }
const PATIENCE_MS = 90_000
const FEWER_STAGES = 6

const manifest = (cpu: number): string => `apiVersion: volt/v1
kind: MicroVM
metadata: { name: web }
kernel: { image: 'builtin:hello', cmdline: stay }
memory: 64MiB
stopTimeout: 0s
sandbox: strict
vcpus: { count: 2, pin: ["0", "0"] }
resources: { cpu: ${cpu}, cpuWeight: 50, memoryOverhead: 32MiB, ioWeight: 50, pids: 64 }
`

function volt(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd: directory,
    env,
    encoding: 'utf8',
  })
  equal(status, 0, `volt ${args.join(' ')}: ${stderr}`)
  return stdout
}

const cgroups = (): string[] => readdirSync(ROOT).filter((name) => name.startsWith('volt-'))
const keeper = (): number => (JSON.parse(volt('ps', '--json')) as { vms: { pid: number }[] }).vms[0]?.pid ?? 0
const machineOf = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0])

async function untilNone(what: string): Promise<void> {
  for (const until = Date.now() + PATIENCE_MS; cgroups().length > 0; await sleep(100)) {
    ok(Date.now() < until, `${what}: ${cgroups().join(', ')} is left`)
  }
  console.log(`none left: ${what}`)
}

function read(cgroup: string, file: string): string {
  return readFileSync(join(cgroup, file), 'utf8').trim()
}

async function showLimits(): Promise<void> {
  volt('apply', 'web.yaml')
  const { resources } = JSON.parse(volt('inspect', '--json', 'web')) as {
    resources: { cgroup: string; missing: { field: string; reason: string }[] }
  }
  const { cgroup, missing } = resources
  equal(missing.length, 0, JSON.stringify(missing))
  const MIB = 1024 ** 2
  equal(read(cgroup, 'cpu.max'), '50000 100000')
  equal(read(cgroup, 'cpu.weight'), '50')
  // 64 MiB of the guest, a 256th for page tables, 32 MiB beside.
  equal(read(cgroup, 'memory.max'), String(96 * MIB + MIB / 4))
  equal(read(cgroup, 'pids.max'), '64')
  const machine = machineOf(keeper())
  // What the kernel runs for its KVM is there too.
  const [first, ...others] = read(cgroup, 'cgroup.procs').split('\n')
  equal(first, String(machine))
  for (const pid of others) ok(read(`/proc/${pid}`, 'comm').startsWith('kvm-'))
  ok(Number(read(cgroup, 'memory.current')) > 0)
  ok(Number(read(cgroup, 'pids.current')) >= 3)
  console.log(
    `in force: ${cgroup}: cpu.max ${read(cgroup, 'cpu.max')}, memory.max ${read(cgroup, 'memory.max')}, pids.current ${read(cgroup, 'pids.current')}`,
  )
  writeFileSync(join(directory, 'web.yaml'), manifest(0.25))
  volt('apply', 'web.yaml')
  equal(machineOf(keeper()), machine)
  equal(read(cgroup, 'cpu.max'), '25000 100000')
  volt('plan', '--detailed-exitcode', 'web.yaml')
  console.log(`changed live: cpu.max ${read(cgroup, 'cpu.max')}`)
  volt('stop', 'web')
  ok(!existsSync(cgroup))
  console.log('none left: stop')
}

/** What a keeper that is killed leaves is taken away by the next `ps`. */
async function killParts(): Promise<void> {
  volt('apply', 'web.yaml')
  process.kill(keeper(), 'SIGKILL')
  await sleep(500)
  volt('ps')
  await untilNone('the keeper killed, then ps')
  volt('apply', 'web.yaml')
  process.kill(machineOf(keeper()), 'SIGKILL')
  await untilNone("the machine's process killed")
  volt('destroy', '--yes', 'web')
}

async function killRun(): Promise<void> {
  for (const whom of ['volt', 'the keeper'] as const) {
    const child = spawn(process.execPath, [MAIN, 'run', 'web.yaml'], { cwd: directory, env, stdio: 'ignore' })
    const ended = once(child, 'close')
    for (const until = Date.now() + PATIENCE_MS; !hasProcess(); await sleep(100))
      ok(Date.now() < until, 'run has no cgroup')
    process.kill(whom === 'volt' ? (child.pid ?? 0) : parentOf(processOf()), 'SIGKILL')
    await ended
    await untilNone(`run, ${whom} killed`)
  }
}

const hasProcess = (): boolean => cgroups().some((name) => read(join(ROOT, name), 'cgroup.procs') !== '')
const processOf = (): string => read(join(ROOT, cgroups()[0] ?? ''), 'cgroup.procs').split('\n')[0] ?? ''
const parentOf = (pid: string): number =>
  Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])

/** What volt does to the host in a start that is killed before the stage of this number, each with its number. */
function killedAt(stage: number): string[] {
  const stdio: StdioOptions = ['ignore', 'ignore', 'ignore', 'pipe']
  const how = { ...env, NODE_OPTIONS: `--import ${KILL_AT}`, VOLT_KILL_TRACE: '1', VOLT_KILL_AT: String(stage) }
  const options = { cwd: directory, encoding: 'utf8', stdio, env: how } as const
  const { output } = spawnSync(process.execPath, [MAIN, 'apply', 'web.yaml'], options)
  // A stage's name may go on in another line.
  return (output[3] ?? '').split('\n').filter((line) => /^\d+ /.test(line))
}

/** volt killed at every stage from its cgroup on until the machine stays, with a record: before, no cgroup does. */
async function killApply(): Promise<void> {
  const isRecorded = (lines: string[]): boolean => {
    const started = lines.findIndex((line) => line.includes('spawn'))
    return started >= 0 && lines.slice(started, -1).some((line) => /rename\w* .*record\.json/.test(line))
  }
  const first = killedAt(0).findIndex((line) => line.includes(`${ROOT}/volt-`))
  volt('destroy', '--yes', 'web')
  ok(first >= 0)
  // What a killed start leaves spares the next one some stages.
  let stage = first - FEWER_STAGES
  let lines = killedAt(stage)
  for (; !(await stays()); lines = killedAt(++stage)) await untilNone(`apply killed before ${lines.at(-1)}`)
  ok(isRecorded(lines), `stays without a record: ${lines.join('\n')}`)
  console.log(`stays: apply killed before ${lines.at(-1)}`)
  volt('destroy', '--yes', 'web')
  await untilNone('destroy of the machine of an apply that was killed')
}

/** Whether the machine runs for good: as `ps` says, and in its cgroup. */
async function stays(): Promise<boolean> {
  await sleep(1000)
  const pid = keeper()
  equal(hasProcess(), pid > 0)
  return pid > 0
}

writeFileSync(join(directory, 'web.yaml'), manifest(0.5))
ok(execFileSync('cat', [`${ROOT}/cgroup.controllers`], { encoding: 'utf8' }).includes('memory'))
await showLimits()
await killParts()
await killRun()
await killApply()
console.log('all shown')
