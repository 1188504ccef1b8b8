// The process of a keeper, and why it ended before its guest ran.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { VMM_FILE } from '../host/built-files.ts'
import { VoltError } from '../volt-error.ts'
import { helperEnvironment } from './helper-programs.ts'
import type { KeeperCommand } from './keeper-arguments.ts'

/** In a session of its own: no signal of a terminal reaches it. Throws START_FAILED. */
export async function spawnKeeper({ args, stdio }: KeeperCommand): Promise<ChildProcess & { pid: number }> {
  const child = spawn(VMM_FILE, args, { detached: true, stdio, cwd: '/', env: helperEnvironment() })
  if (child.pid !== undefined) return child as ChildProcess & { pid: number }
  const [cause] = (await once(child, 'error')) as [Error]
  throw new VoltError('START_FAILED', `volt-vmm did not start: ${cause.message}`, { cause })
}

/** What 'exit' and 'close' of a child say. */
export type ChildEnd = [code: number | null, killedBy: string | null]

/** `ended with status 4`. */
export function describeEnd([code, killedBy]: ChildEnd): string {
  return killedBy === null ? `ended with status ${code}` : `was killed by ${killedBy}`
}

/** `said` is what was found on its standard error. */
export function startFailure(end: ChildEnd, said: string): VoltError {
  const why = said.trim() === '' ? '' : `: ${said.trim()}`
  return new VoltError('START_FAILED', `volt-vmm ${describeEnd(end)} before the guest started${why}`)
}
