// Disks, networks and vsock beside QEMU microvm: the same guest, kernel and images in one boot of the lab, by turns.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Figures } from './lab/job.ts'
import { ROWS } from './lab/rows.ts'
import { pairsTable } from './statistics.ts'

const REPEATS = 3
const TIMEOUT_S = 3000
const root = fileURLToPath(new URL('..', import.meta.url))
const TOOLS = ['qemu-system-x86_64', 'iperf3', 'socat', 'passt']

export function benchmarkDevices(): string {
  const missing = TOOLS.filter((tool) => spawnSync(tool, ['--version']).error !== undefined)
  if (missing.length > 0)
    throw new Error(`missing: ${missing.join(' ')} (apt-get install qemu-system-x86 iperf3 socat passt)`)
  const results = mkdtempSync(join(tmpdir(), 'volt-bench-'))
  try {
    for (const step of ['prepare', 'make-image']) run(join(root, 'test/lab', step))
    const job = [process.execPath, '--import', 'tsx', join(root, 'bench/lab/job.ts'), String(REPEATS)]
    run(join(root, 'test/lab/run'), job, { VOLT_LAB_RESULTS: results, VOLT_LAB_TIMEOUT: String(TIMEOUT_S) })
    return table(JSON.parse(readFileSync(join(results, 'rows.json'), 'utf8')) as Runs)
  } finally {
    rmSync(results, { recursive: true })
  }
}

interface Runs {
  volt: Figures[]
  qemu: Figures[]
}

function run(program: string, args: string[] = [], environment: NodeJS.ProcessEnv = {}): void {
  const { status } = spawnSync(program, args, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) throw new Error(`${program} ended with ${status}`)
}

function table({ volt, qemu }: Runs): string {
  const of = (runs: Figures[], name: string): number[] => runs.map((figures) => figures[name] ?? NaN)
  const rows = ROWS.map(({ name, title, unit }) => ({ title, unit, volt: of(volt, name), qemu: of(qemu, name) }))
  return `## Devices beside QEMU microvm

In the lab (test/lab), where an emulated processor runs everything: only ratios mean anything. Debian 12 with its cloud kernel, 1 vCPU, ${REPEATS} boots each by turns; median (least–most).
QEMU: microvm with an I/O thread for disks, io_uring, cache=writeback as here; taps of both without vhost-net but where the row says so. More is better; a ratio above 1 is ahead of QEMU.

${pairsTable(rows)}
`
}
