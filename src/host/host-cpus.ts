// Which of the host's processors can be asked for.
import { readFile } from 'node:fs/promises'

/** Those online, as the kernel lists them: `0-3,8`. */
export async function onlineCpus(): Promise<string> {
  return (await readFile('/sys/devices/system/cpu/online', 'utf8')).trim()
}
