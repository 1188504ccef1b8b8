// How Volt and QEMU microvm start the same guest, each as a command of `measure`.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { MEMORY_MIB, type Guest } from './build.ts'

const VMM = fileURLToPath(new URL('../../build/Release/volt-vmm', import.meta.url))
const [PLAN, KVM, KERNEL, EVENTS, CONSOLE] = [3, 4, 5, 7, 8]

/** Microseconds since execve, but for the size; `started` and `stopped` by those that report events. */
export interface Run {
  ended: number
  cpu: number
  maxRssKiB: number
  /** Without a page of a file to be read. */
  faults: number
  status: number
  started?: number
  stopped?: number
  /** CPU time at `stopped`: of the keeper and of its machine, whose process the kernel then begins to undo. */
  cpuAtStop?: number
}

export type Monitor = (guest: Guest) => string[]

/** As `volt run` starts it: a keeper, and the machine in its jail. */
export const volt: Monitor = ({ kernel, plan }) => [
  ...['--events', `${EVENTS}`, '--open', `${PLAN}=${plan}`, '--open', `${KVM}=/dev/kvm`],
  ...['--open', `${KERNEL}=${kernel}`, '--open', `${CONSOLE}=/dev/null`],
  ...['--', VMM, 'keep', '--event-log', `${EVENTS}`, '--console', `${CONSOLE}`, '--sandbox', 'best-effort'],
  ...['--', '--plan', `${PLAN}`, '--kvm', `${KVM}`, '--file', `kernel=${KERNEL}`, '--sandbox', 'best-effort'],
]

/** As its documentation of microvm advises for the shortest start. */
export const qemu: Monitor = ({ kernel }) => [
  ...['--', 'qemu-system-x86_64', '-M', 'microvm,accel=kvm,x-option-roms=off,pit=off,pic=off,rtc=off,isa-serial=on'],
  ...['-smp', '1', '-m', `${MEMORY_MIB}M`, '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
  ...['-serial', 'null', '-kernel', kernel],
]

/** One run. Throws where it ends otherwise than with 0. */
export function runOnce(measure: string, command: readonly string[]): Run {
  const run = JSON.parse(execFileSync(measure, ['1', ...command], { encoding: 'utf8' })) as Run
  if (run.status !== 0) throw new Error(`${command.join(' ')} ended with ${run.status}`)
  return run
}
