// In the lab: `job.ts REPEATS` boots every case under both monitors, by turns, and leaves boots.json in $VOLT_LAB_RESULTS.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readlink, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { LAB_CPU } from '../../test/lab/guests.ts'
import { CASES, cmdlineOf, MEMORY_MIB, titleOf, type BootCase, type BootCounts, type BootRuns } from './cases.ts'
import type { MonitorName } from './cases.ts'
import { Histogram, type Entry } from './trace.ts'

const repeats = Number(process.argv[2] ?? 1)
const results = process.env['VOLT_LAB_RESULTS'] ?? '.'
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'volt-lab')
const VOLT = fileURLToPath(new URL('../../dist/bin/volt.cjs', import.meta.url))
/** As LAB_CPU: what needs XSAVE goes with it. */
const QEMU_CPU = 'host,-xsave,-avx,-avx2,-f16c,-fma'
const LIMIT_MS = 300_000
const LOOK_MS = 200

/** Reasons of exits (linux/kvm.h) as the field names them. */
const REASONS: Record<string, string> = { 2: 'IO', 5: 'HLT', 6: 'MMIO', 8: 'SHUTDOWN', 10: 'INTR', 24: 'SYSTEM_EVENT' }

const histograms = {
  exits: new Histogram('kvm/kvm_userspace_exit', 'common_pid,reason,errno'),
  ports: new Histogram('kvm/kvm_pio', 'common_pid,rw,port'),
  pages: new Histogram('kvm/kvm_mmio', 'common_pid,gpa'),
  calls: new Histogram('raw_syscalls/sys_enter', 'common_pid,id.syscall'),
  forks: new Histogram('sched/sched_process_fork', 'parent_pid,child_pid'),
}

async function startVolt(boot: BootCase): Promise<ChildProcess> {
  const manifest = {
    apiVersion: 'volt/v1',
    kind: 'MicroVM',
    metadata: { name: 'bench' },
    kernel: { image: join(cache, boot.kernel), initrd: join(cache, 'guest.cpio'), cmdline: cmdlineOf(boot) },
    vcpus: boot.vcpus,
    cpu: LAB_CPU,
    memory: `${MEMORY_MIB}MiB`,
  }
  await writeFile('/run/bench.yaml', JSON.stringify(manifest))
  return spawn(process.execPath, [VOLT, 'run', '--quiet', '/run/bench.yaml'], { stdio: ['ignore', 'pipe', 'inherit'] })
}

/** As its documentation of microvm advises. */
async function startQemu(boot: BootCase): Promise<ChildProcess> {
  const args = [
    ...['-M', 'microvm,accel=kvm,x-option-roms=off,pit=off,pic=off,rtc=off,isa-serial=on'],
    ...['-cpu', QEMU_CPU, '-smp', String(boot.vcpus), '-m', `${MEMORY_MIB}M`, '-nodefaults', '-no-user-config'],
    ...['-display', 'none', '-no-reboot', '-serial', 'stdio'],
    ...['-kernel', join(cache, boot.kernel), '-initrd', join(cache, 'guest.cpio'), '-append', cmdlineOf(boot)],
  ]
  return spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'pipe', 'inherit'] })
}

const MONITORS = { volt: startVolt, qemu: startQemu } as const
const PROGRAM = { volt: 'volt-vmm', qemu: 'qemu-system-x86_64' } as const

/** Processes of a program. */
async function processesOf(program: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const links = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/exe`).catch(() => '')))
  return pids.filter((_, index) => links[index]?.endsWith(`/${program}`))
}

/** What they are and all that they have started, threads and processes alike. */
function withOffspring(roots: ReadonlySet<string>, children: ReadonlyMap<string, string[]>): Set<string> {
  const all = new Set(roots)
  for (const pid of all) for (const child of children.get(pid) ?? []) all.add(child)
  return all
}

async function count(name: MonitorName, boot: BootCase): Promise<BootCounts> {
  for (const histogram of Object.values(histograms)) await histogram.start()
  const monitor = await MONITORS[name](boot)
  let log = ''
  monitor.stdout?.on('data', (chunk: Buffer) => (log += chunk.toString('latin1')))
  const roots = new Set<string>()
  let isOver = false
  const ended = once(monitor, 'close').then(() => (isOver = true))
  const timer = setTimeout(() => monitor.kill(), LIMIT_MS)
  while (!isOver) {
    for (const pid of await processesOf(PROGRAM[name])) roots.add(pid)
    await Promise.race([ended, sleep(LOOK_MS)])
  }
  clearTimeout(timer)
  const { exits, ports, pages, calls, forks } = histograms
  const children = new Map<string, string[]>()
  for (const { parent_pid = '', child_pid = '' } of await forks.stop())
    children.set(parent_pid, [...(children.get(parent_pid) ?? []), child_pid])
  const own = withOffspring(roots, children)
  const ofOwn = async (histogram: Histogram, nameOf: (entry: Entry) => string): Promise<Record<string, number>> => {
    const byName: Record<string, number> = {}
    for (const entry of await histogram.stop()) {
      if (!own.has(entry['common_pid'] ?? '')) continue
      const kind = nameOf(entry)
      byName[kind] = (byName[kind] ?? 0) + entry.hits
    }
    return byName
  }
  const counted: BootCounts = {
    exits: await ofOwn(exits, ({ reason = '', errno }) =>
      errno === '0' ? (REASONS[reason] ?? `reason ${reason}`) : 'interrupted',
    ),
    accesses: {
      ...(await ofOwn(ports, ({ rw, port }) => `${rw === '0' ? 'in' : 'out'} 0x${Number(port).toString(16)}`)),
      ...(await ofOwn(pages, ({ gpa = '' }) => `memory 0x${(BigInt(gpa) & ~0xfffn).toString(16)}`)),
    },
    calls: await ofOwn(calls, ({ id = '' }) => /^sys_(\w+)/.exec(id)?.[1] ?? id),
  }
  console.error(`bench: ${titleOf(boot)}: ${name}: ${JSON.stringify(counted)}`)
  if (boot.log === 'full' && !log.includes('reboot: ')) throw new Error(`${name} did not boot: ${log.slice(-2000)}`)
  return counted
}

const runs: BootRuns[] = CASES.map(() => ({ volt: [], qemu: [] }))
for (let repeat = 0; repeat < repeats; repeat++) {
  for (const [index, boot] of CASES.entries()) {
    for (const name of ['volt', 'qemu'] as const) {
      runs[index]?.[name].push(await count(name, boot))
      await writeFile(join(results, 'boots.json'), JSON.stringify(runs))
    }
  }
}
process.exit(0)
