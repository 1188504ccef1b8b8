// Ends a VM's process: asks first, then kills.
import { constants } from 'node:os'
import { isProcessAlive, signalProcess, waitForExit, type ProcessIdentity } from '../host/process.ts'
import { VoltError } from '../volt-error.ts'

/** How long a VM has to end after SIGTERM. */
export const STOP_TIMEOUT_MS = 5000
const KILL_TIMEOUT_MS = 30_000

/** 'gone' when it had ended before; 'killed' when SIGTERM was not enough. Throws HOST_ERROR when nothing helps. */
export async function stopProcess(
  process: ProcessIdentity,
  timeoutMs: number = STOP_TIMEOUT_MS,
): Promise<'gone' | 'stopped' | 'killed'> {
  if (!isProcessAlive(process) || signalProcess(process, constants.signals.SIGTERM) === 'gone') return 'gone'
  if (await waitForExit(process, timeoutMs)) return 'stopped'
  signalProcess(process, constants.signals.SIGKILL)
  if (await waitForExit(process, KILL_TIMEOUT_MS)) return 'killed'
  throw new VoltError('HOST_ERROR', `process ${process.pid} does not end, not even by SIGKILL`)
}
