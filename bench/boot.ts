// What a boot costs beside QEMU microvm, in counts: exits to user space and system calls of the monitor, in the lab.
import { CASES, titleOf, type BootCounts, type BootRuns } from './boot/cases.ts'
import { runLabJob } from './lab-job.ts'
import { pairsTable, spreadOf } from './statistics.ts'

/** Counts hardly wobble. */
const REPEATS = 1
/** Of kinds of access, the most frequent. */
const SHOWN = 8

export function benchmarkBoot(): string {
  const runs = runLabJob<BootRuns[]>({
    steps: ['prepare'],
    tools: { 'qemu-system-x86_64': 'qemu-system-x86' },
    script: 'bench/boot/job.ts',
    repeats: REPEATS,
    timeoutS: 3000,
    result: 'boots.json',
  })
  return sectionOf(runs)
}

function sectionOf(runs: BootRuns[]): string {
  const rows = CASES.flatMap((boot, index) => {
    const { volt = [], qemu = [] } = runs[index] ?? {}
    const row = (what: string, of: (counts: BootCounts) => number) => {
      return { title: `${titleOf(boot)}: ${what}`, unit: 'count', volt: volt.map(of), qemu: qemu.map(of) }
    }
    return [row('exits to user space', ({ exits }) => sum(exits)), row('system calls', ({ calls }) => sum(calls))]
  })
  return `## Boots beside QEMU microvm, in counts

Debian's kernels in the lab, from the start of the monitor until its guest, whose init asks for a reset at once, has ended: the tracepoints kvm:kvm_userspace_exit and raw_syscalls:sys_enter, all processes and threads of the monitor together.
The monitor's own start and end are in it. By turns; median (least–most) where there are several boots of each. Less is better; the goal is a ratio of 0.5.

${pairsTable(rows)}

Of the first boots, the most frequent kinds:

${CASES.map((boot, index) => kindsOf(titleOf(boot), runs[index])).join('\n')}
`
}

function sum(hits: Readonly<Record<string, number>>): number {
  return Object.values(hits).reduce((total, each) => total + each, 0)
}

function kindsOf(title: string, { volt = [], qemu = [] }: Partial<BootRuns> = {}): string {
  const shown = (counts: BootCounts | undefined): string => {
    const most = (record: Record<string, number> = {}): string =>
      Object.entries(record)
        .sort(([, a], [, b]) => b - a)
        .slice(0, SHOWN)
        .map(([name, hits]) => `${name} ${spreadOf([hits]).median}`)
        .join(', ')
    return `${most(counts?.exits)}; of accesses ${most(counts?.accesses)}; of system calls ${most(counts?.calls)}`
  }
  return `- ${title}\n  - Volt: ${shown(volt[0])}\n  - QEMU: ${shown(qemu[0])}`
}
