// Processes by pid and start time, so that a pid used again is never taken for ours.
import { readFileSync } from 'node:fs'
import { callNative } from './native-error.ts'
import { native } from './native.ts'

const START_TIME_FIELD = 22

/** A process of this or an earlier boot. */
export interface ProcessIdentity {
  pid: number
  /** Clock ticks since boot, field 22 of /proc/PID/stat. */
  startTime: string
  /** Which boot: /proc/sys/kernel/random/boot_id. */
  bootId: string
}

/** Identity of our own child before Node has waited for it: there even when it has ended already. */
export function identifyChild(pid: number): ProcessIdentity {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  // proc(5): the name, field 2, may hold blanks and parentheses; field 3 follows its last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { pid, startTime: fields[START_TIME_FIELD - 3] ?? '', bootId: currentBootId() }
}

/** Undefined where there is none any more. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const startTime = callNative(() => native().processIdentity(pid))?.startTime
  return startTime === undefined ? undefined : { pid, startTime, bootId: currentBootId() }
}

/** Not for a zombie. */
export function isProcessAlive(process: ProcessIdentity): boolean {
  if (process.bootId !== currentBootId()) return false
  return callNative(() => native().processIdentity(process.pid))?.startTime === process.startTime
}

/** Signal by number; 'gone' when the process has ended or its pid is another's. */
export function signalProcess(process: ProcessIdentity, signal: number): 'sent' | 'gone' {
  if (process.bootId !== currentBootId()) return 'gone'
  return callNative(() => native().signalProcess(process.pid, process.startTime, signal))
}

/** Of a wait that a signal may end. */
const SLICE_MS = 200

/** True when the process has ended within the time. Rejects with the signal's reason. */
export async function waitForExit(process: ProcessIdentity, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
  if (process.bootId !== currentBootId()) return true
  const wait = (ms: number): Promise<boolean> => native().waitProcess(process.pid, process.startTime, ms)
  if (signal === undefined) return wait(timeoutMs)
  let left = timeoutMs
  for (; left > SLICE_MS; left -= SLICE_MS) {
    if (await wait(SLICE_MS)) return true
    signal.throwIfAborted()
  }
  return wait(left)
}

export function currentBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'ascii').trim()
}
