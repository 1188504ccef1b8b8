// From the start of a process to the end of a guest that does nothing, beside QEMU microvm.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { probeHost } from '../src/index.ts'
import { buildGuest, buildMeasure, MEMORY_MIB, type Guest } from './start/build.ts'
import { qemu, runOnce, volt, type Run } from './start/monitors.ts'
import { shareOf } from './start/share.ts'
import { pairsTable, type Row } from './statistics.ts'

const WARM_UP = 2
const RUNS = 25
const EXIT_RUNS = 5
const EXITS = 20_000
const SHARE_RUNS = 3

interface Pair {
  volt: Run[]
  qemu: Run[]
}

/** By turns. */
function runPairs(measure: string, guest: Guest, times: number): Pair {
  const pair: Pair = { volt: [], qemu: [] }
  for (let run = -WARM_UP; run < times; run++) {
    const [ours, theirs] = [runOnce(measure, volt(guest)), runOnce(measure, qemu(guest))]
    if (run < 0) continue
    pair.volt.push(ours)
    pair.qemu.push(theirs)
  }
  return pair
}

const milliseconds = (us: number | undefined): number => (us ?? NaN) / 1000

function row(title: string, unit: string, pair: Pair, ours: (run: Run) => number, theirs = ours): Row {
  return { title, unit, volt: pair.volt.map(ours), qemu: pair.qemu.map(theirs) }
}

/** What a run of a guest with so many exits takes longer than without, as exits a second. */
function exitsRow(title: string, pair: Pair, without: Pair): Row {
  const base = (runs: Run[]): number => Math.min(...runs.map(({ ended }) => ended))
  const rate = (runs: Run[], least: number): number[] => runs.map(({ ended }) => (EXITS * 1e6) / (ended - least))
  return {
    title,
    unit: 'per second',
    volt: rate(pair.volt, base(without.volt)),
    qemu: rate(pair.qemu, base(without.qemu)),
  }
}

async function shareRow(measure: string, guest: Guest): Promise<Row> {
  const [ours, theirs]: [number[], number[]] = [[], []]
  for (let run = 0; run < SHARE_RUNS; run++) {
    ours.push(await shareOf(measure, volt(guest)))
    theirs.push(await shareOf(measure, qemu(guest)))
  }
  return { title: 'proportional set size while it runs, guest included', unit: 'KiB', volt: ours, qemu: theirs }
}

/** A Markdown section. */
export async function benchmarkStart(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'volt-bench-'))
  try {
    const host = await probeHost()
    const measure = buildMeasure(directory)
    const resets = runPairs(measure, await buildGuest(directory, host, 'resets'), RUNS)
    const ports = runPairs(measure, await buildGuest(directory, host, 'ports', `PORT=${EXITS}`), EXIT_RUNS)
    const mmio = runPairs(measure, await buildGuest(directory, host, 'mmio', `MMIO=${EXITS}`), EXIT_RUNS)
    const rows: Row[] = [
      row(
        'execve to the reported stop (QEMU: to exit)',
        'ms',
        resets,
        (run) => milliseconds(run.stopped),
        (run) => milliseconds(run.ended),
      ),
      row('execve to exit, with what the kernel takes to undo the machine', 'ms', resets, (run) =>
        milliseconds(run.ended),
      ),
      row(
        'CPU time to the reported stop (QEMU: all)',
        'ms',
        resets,
        (run) => milliseconds(run.cpuAtStop),
        (run) => milliseconds(run.cpu),
      ),
      row('CPU time, with what the kernel takes to undo the machine', 'ms', resets, (run) => milliseconds(run.cpu)),
      row('peak resident size, guest included', 'KiB', resets, (run) => run.maxRssKiB),
      await shareRow(measure, await buildGuest(directory, host, 'stays', 'STAYS')),
      exitsRow('port writes that nothing answers', ports, resets),
      exitsRow('memory writes that nothing answers', mmio, resets),
    ]
    const started = resets.volt.map((run) => milliseconds(run.started)).sort((a, b) => a - b)
    return `## Start beside QEMU microvm

A guest that resets itself at once: 1 vCPU, ${MEMORY_MIB} MiB, on /dev/kvm; ${RUNS} runs each by turns, median (least–most). Volt: a keeper and the machine in its jail, as \`volt run\` starts them; QEMU: one process without a sandbox.
Less is better, but for exits. Volt's first instruction of the guest runs ${(started[RUNS >> 1] ?? NaN).toFixed(2)} ms after execve.

${pairsTable(rows)}
`
  } finally {
    rmSync(directory, { recursive: true })
  }
}
