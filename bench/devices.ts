// Disks, networks and vsock beside QEMU microvm: the same guest, kernel and images in one boot of the lab, by turns.
import { runLabJob } from './lab-job.ts'
import type { Figures } from './lab/job.ts'
import { ROWS } from './lab/rows.ts'
import { pairsTable } from './statistics.ts'

const REPEATS = 3

interface Runs {
  volt: Figures[]
  qemu: Figures[]
}

export function benchmarkDevices(): string {
  const { volt, qemu } = runLabJob<Runs>({
    steps: ['prepare', 'make-image'],
    tools: { 'qemu-system-x86_64': 'qemu-system-x86', iperf3: 'iperf3', socat: 'socat', passt: 'passt' },
    script: 'bench/lab/job.ts',
    repeats: REPEATS,
    timeoutS: 3000,
    result: 'rows.json',
  })
  const of = (runs: Figures[], name: string): number[] => runs.map((figures) => figures[name] ?? NaN)
  const rows = ROWS.map(({ name, title, unit }) => ({ title, unit, volt: of(volt, name), qemu: of(qemu, name) }))
  return `## Devices beside QEMU microvm

In the lab (test/lab), where an emulated processor runs everything: only ratios mean anything. Debian 12 with its cloud kernel, 1 vCPU, ${REPEATS} boots each by turns; median (least–most).
QEMU: microvm with an I/O thread for disks, io_uring, cache=writeback as here; taps of both without vhost-net but where the row says so. More is better; a ratio above 1 is ahead of QEMU.

${pairsTable(rows)}
`
}
