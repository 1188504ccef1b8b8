// Stops a VM the way its owner would: the power button first, force when the guest does not obey in time.
import { constants } from 'node:os'
import { signalProcess, waitForExit } from '../host/process.ts'
import { DEFAULT_LIFE, type Life } from '../plan/life.ts'
import type { VmRecord } from '../state/vm-record.ts'
import { stopProcess } from './stop-vm.ts'

/**
 * How the VM ended. `gone`: before. `powered-off`: the guest obeyed the power button. `forced`: it did not in time, or the
 * machine has no power button, and it ended by SIGTERM. `killed`: SIGTERM was not enough.
 */
export type PowerOff = 'gone' | 'powered-off' | 'forced' | 'killed'

/** How long a VM has, in milliseconds: its manifest's stopTimeout. */
export function stopTimeoutOf({ life = DEFAULT_LIFE }: { life?: Life }): number {
  return life.stopTimeoutMs
}

/** Throws HOST_ERROR when nothing helps, and the signal's reason where that ends the wait: the guest goes on then. */
export async function powerOff(
  record: VmRecord,
  timeoutMs: number = stopTimeoutOf(record),
  signal?: AbortSignal,
): Promise<PowerOff> {
  if (record.powerButton) {
    if (signalProcess(record, constants.signals.SIGPWR) === 'gone') return 'gone'
    if (await waitForExit(record, timeoutMs, signal)) return 'powered-off'
  }
  const ended = await stopProcess(record)
  return ended === 'stopped' ? 'forced' : ended
}
