// How long whoever stops a machine has to wait for it.
import { stopTimeoutOf } from '../run/power-off.ts'
import type { RunnableVm } from '../run/runnable-vm.ts'

/** For SIGTERM and SIGKILL to a guest that does not obey, and for the other program to see it. */
const MARGIN_S = 15

/** Seconds: the guest's own time to power off, and what may follow. */
export function stopSeconds(vm: Pick<RunnableVm, 'life'>): number {
  return Math.ceil(stopTimeoutOf(vm) / 1000) + MARGIN_S
}
