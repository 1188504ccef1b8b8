// Tells systemd that a service runs (sd_notify(3)), by its own program.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { VoltError } from '../volt-error.ts'

/** Throws USAGE where systemd did not start this process as a service that notifies. */
export function requireNotifySocket(): void {
  if (process.env['NOTIFY_SOCKET'] !== undefined) return
  throw new VoltError('USAGE', '--notify is for units of systemd: NOTIFY_SOCKET is not set', {
    hint: 'leave it out, or let `volt export systemd` write the unit',
  })
}

/** From now on the service's main process is `pid`. Throws HOST_ERROR. */
export async function notifyReady(pid: number): Promise<void> {
  try {
    await promisify(execFile)('systemd-notify', ['--ready', `--pid=${pid}`])
  } catch (cause) {
    const message = `systemd could not be told that process ${pid} runs: ${(cause as Error).message}`
    throw new VoltError('HOST_ERROR', message, { cause })
  }
}
