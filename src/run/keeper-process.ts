// The process of a keeper, and why it ended before its guest ran.
import { VMM_FILE } from '../host/built-files.ts'
import { spawnProcess, type ChildEnd, type SpawnedProcess } from '../host/spawn-process.ts'
import { VoltError } from '../volt-error.ts'
import { helperEnvironment } from './helper-programs.ts'
import type { KeeperCommand } from './keeper-arguments.ts'

/** In a session of its own: no signal of a terminal reaches it. Throws START_FAILED. */
export function spawnKeeper({ args, stdio }: KeeperCommand): SpawnedProcess {
  try {
    return spawnProcess(VMM_FILE, args, helperEnvironment(), stdio)
  } catch (cause) {
    throw new VoltError('START_FAILED', `volt-vmm did not start: ${(cause as Error).message}`, { cause })
  }
}

/** `ended with status 4`. */
export function describeEnd([code, killedBy]: ChildEnd): string {
  return killedBy === null ? `ended with status ${code}` : `was killed by ${killedBy}`
}

/** `said` is what was found on its standard error. */
export function startFailure(end: ChildEnd, said: string): VoltError {
  const why = said.trim() === '' ? '' : `: ${said.trim()}`
  return new VoltError('START_FAILED', `volt-vmm ${describeEnd(end)} before the guest started${why}`)
}
