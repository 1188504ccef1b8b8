// What a monitor of a guest that does nothing costs in memory while it runs: its share of pages, all its processes together.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const SETTLED_MS = 700

/** KiB of proportional set size, what the guest has touched included; `command` is of `measure`, of a guest that stays. */
export async function shareOf(measure: string, command: readonly string[]): Promise<number> {
  const child = spawn(measure, ['1', ...command], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  try {
    await sleep(SETTLED_MS)
    const monitors = descendantsOf(child.pid ?? 0)
    if (monitors.length === 0) throw new Error(`${command.join(' ')} does not stay`)
    const share = monitors.reduce((sum, pid) => sum + pss(pid), 0)
    for (const pid of monitors) process.kill(pid, 'SIGKILL')
    return share
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}

function descendantsOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'ascii').split(' ').filter(Boolean).map(Number)
  return [...children, ...children.flatMap(descendantsOf)]
}

function pss(pid: number): number {
  return Number(/^Pss: +(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0)
}
