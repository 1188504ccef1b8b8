// Processes by pid and start time, so that a pid used again is never taken for ours.
import { readFileSync } from 'node:fs'
import { callNative } from './native-error.ts'
import { native } from './native.ts'

/** A process of this or an earlier boot. */
export interface ProcessIdentity {
  pid: number
  /** Clock ticks since boot, field 22 of /proc/PID/stat. */
  startTime: string
  /** Which boot: /proc/sys/kernel/random/boot_id. */
  bootId: string
}

/** Identity of a process that lives now; undefined when there is none with that pid, or only its zombie. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const found = callNative(() => native().processIdentity(pid))
  return found === null ? undefined : { pid, startTime: found.startTime, bootId: currentBootId() }
}

export function isProcessAlive(process: ProcessIdentity): boolean {
  if (process.bootId !== currentBootId()) return false
  return identifyProcess(process.pid)?.startTime === process.startTime
}

/** Signal by number; 'gone' when the process has ended or its pid is another's. */
export function signalProcess(process: ProcessIdentity, signal: number): 'sent' | 'gone' {
  if (process.bootId !== currentBootId()) return 'gone'
  return callNative(() => native().signalProcess(process.pid, process.startTime, signal))
}

/** True when the process has ended within the time. */
export async function waitForExit(process: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  if (process.bootId !== currentBootId()) return true
  return native().waitProcess(process.pid, process.startTime, timeoutMs)
}

export function currentBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'ascii').trim()
}
