// Many machines at once: up by one `volt apply`, and made and ended one by one and many at a time beside QEMU microvm.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { probeHost } from '../src/index.ts'
import { buildGuest, buildMeasure, type Guest } from './start/build.ts'
import { qemu, volt, type Monitor, type Run } from './start/monitors.ts'
import { pairsTable, spreadOf, type Row } from './statistics.ts'

const VOLT = fileURLToPath(new URL('../dist/bin/volt.cjs', import.meta.url))
const MACHINES = 100
const APPLIES = 3
const ROUNDS = 3
const ENDED_AT_ONCE = [1, MACHINES]

/** Seconds that `MACHINES` guests take which reset at once, so many at a time. */
async function endAll(measure: string, command: readonly string[], atOnce: number): Promise<number> {
  const began = performance.now()
  let left = MACHINES
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const [code] = (await once(spawn(measure, ['1', ...command], { stdio: 'ignore' }), 'close')) as [number | null]
      if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return (performance.now() - began) / 1000
}

async function endedRow(measure: string, guest: Guest, atOnce: number): Promise<Row> {
  const rates: Record<'volt' | 'qemu', number[]> = { volt: [], qemu: [] }
  const monitors: Record<'volt' | 'qemu', Monitor> = { volt, qemu }
  for (let round = 0; round < ROUNDS; round++)
    for (const name of ['volt', 'qemu'] as const)
      rates[name].push(MACHINES / (await endAll(measure, monitors[name](guest), atOnce)))
  return { title: `machines made and ended, ${atOnce} at a time`, unit: 'per second', ...rates }
}

interface Applied {
  wallMs: number
  cpuMs: number
  /** Proportional set size of each machine and its keeper together, what its guest has touched included. */
  kib: number
}

function applyAll(measure: string, directory: string): Applied {
  const manifest = (index: number): string =>
    `apiVersion: volt/v1\nkind: MicroVM\nmetadata: { name: vm-${index} }\nkernel: { image: builtin:hello, cmdline: stay }\nmemory: 64MiB\nstopTimeout: 0s\n`
  const file = join(directory, 'many.yaml')
  writeFileSync(file, Array.from({ length: MACHINES }, (_, index) => manifest(index)).join('---\n'))
  const said = execFileSync(measure, ['1', '--', process.execPath, VOLT, 'apply', file], {
    cwd: directory,
    encoding: 'utf8',
  })
  const { status, ended, cpu } = JSON.parse(said) as Run
  try {
    if (status !== 0) throw new Error(`volt apply ended with ${status}`)
    const shown = execFileSync(process.execPath, [VOLT, 'ps', '--json'], { cwd: directory, encoding: 'utf8' })
    const { vms } = JSON.parse(shown) as { vms: { state: string; pid?: number }[] }
    const up = vms.filter(({ state }) => state === 'running')
    if (up.length < MACHINES) throw new Error(`${up.length} of ${MACHINES} machines are up`)
    return { wallMs: ended / 1000, cpuMs: cpu / 1000, kib: shareOf(up.flatMap(({ pid }) => pid ?? [])) / MACHINES }
  } finally {
    execFileSync(process.execPath, [VOLT, 'destroy', '--yes', file], { cwd: directory, stdio: 'pipe' })
  }
}

/** KiB of keepers and their machines. */
function shareOf(keepers: readonly number[]): number {
  const share = (pid: number | string): number =>
    Number(/^Pss: +(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0)
  const machineOf = (pid: number): string => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return keepers.reduce((sum, pid) => sum + share(pid) + share(machineOf(pid)), 0)
}

/** A Markdown section. */
export async function benchmarkMany(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'volt-bench-'))
  process.env['XDG_STATE_HOME'] = join(directory, 'state')
  try {
    const measure = buildMeasure(directory)
    const guest = await buildGuest(directory, await probeHost(), 'resets')
    const applied = Array.from({ length: APPLIES }, () => applyAll(measure, directory))
    const rows: Row[] = []
    for (const atOnce of ENDED_AT_ONCE) rows.push(await endedRow(measure, guest, atOnce))
    const of = (figure: keyof Applied): string => spreadOf(applied.map((each) => each[figure])).text
    return `## Many machines

One \`volt apply\` of ${MACHINES} machines of the hello guest (\`stay\`, 64 MiB), until all are up: ${of('wallMs')} ms, of which ${of('cpuMs')} ms are processor time of volt itself; ${APPLIES} runs. Each machine and its keeper: ${of('kib')} KiB, with what the guest has touched.

Guests that reset at once, ${MACHINES} in a row; ${ROUNDS} rounds by turns. More is better.

${pairsTable(rows)}
`
  } finally {
    rmSync(directory, { recursive: true })
  }
}
