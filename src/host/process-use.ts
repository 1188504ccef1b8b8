// What a process and those it started have used, by proc(5).
import { readFile } from 'node:fs/promises'

export interface ProcessUse {
  /** Processor time in milliseconds, of user and system together. */
  cpuMs: number
  /** Memory of the host that is taken, in bytes: a guest's as far as it was touched. */
  residentBytes: number
}

/** USER_HZ, which is the same on every x86 Linux. */
const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4096
const UTIME_FIELD = 14

/** Of a process and its children; nothing of one that has ended. */
export async function processUse(pid: number): Promise<ProcessUse> {
  const pids = [pid, ...(await childrenOf(pid))]
  const uses = await Promise.all(pids.map(useOf))
  return uses.reduce((sum, use) => ({
    cpuMs: sum.cpuMs + use.cpuMs,
    residentBytes: sum.residentBytes + use.residentBytes,
  }))
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'ascii').catch(() => '')
  return text.split(' ').filter(Boolean).map(Number)
}

async function useOf(pid: number): Promise<ProcessUse> {
  const [stat, statm] = await Promise.all(
    ['stat', 'statm'].map((name) => readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => '')),
  )
  // The name, field 2, may hold blanks and parentheses; field 3 follows its last one.
  const fields = (stat ?? '').slice((stat ?? '').lastIndexOf(')') + 2).split(' ')
  const ticks = [0, 1].map((index) => Number(fields[UTIME_FIELD - 3 + index] ?? 0))
  const pages = Number((statm ?? '').split(' ')[1] ?? 0)
  const cpuMs = (ticks.reduce((sum, count) => sum + count, 0) * 1000) / TICKS_PER_SECOND
  return { cpuMs, residentBytes: pages * PAGE_BYTES }
}
