// Starts `volt-vmm log`, which writes what a helper says to a file, up to LOG_BYTES: a guest can make a helper talk.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { requireVmm, VMM_FILE } from '../host/built-files.ts'
import { VoltError } from '../volt-error.ts'

/** What the log of a helper has room for; volt-vmm's own number. */
export const LOG_BYTES = 1 << 20

export interface HelperLog {
  /** For the helper's standard output and error; to be destroyed here once it has them. */
  input: Writable
  /** Returns when all that was said is written, or a second after. */
  settle(): Promise<void>
}

const SETTLE_MS = 1000

/** It writes to the descriptor `file`, and ends when nobody has `input` any more. Throws HOST_ERROR or NOT_BUILT. */
export async function startLog(file: number): Promise<HelperLog> {
  requireVmm()
  const stdio: ['pipe', number, 'ignore'] = ['pipe', file, 'ignore']
  const child = spawn(VMM_FILE, ['log'], { stdio, cwd: '/', env: {}, detached: true })
  const { stdin } = child
  // One that cannot be started is told below.
  const ended = once(child, 'exit').catch(() => undefined)
  await once(child, 'spawn').catch((cause: NodeJS.ErrnoException) => {
    const errno = cause.errno === undefined ? {} : { errno: Math.abs(cause.errno) }
    throw new VoltError('HOST_ERROR', `the log of a helper did not start: ${cause.message}`, { ...errno, cause })
  })
  child.unref()
  if (stdin === null) throw new VoltError('HOST_ERROR', 'the log of a helper did not start')
  return { input: stdin, settle: async () => void (await Promise.race([ended, sleep(SETTLE_MS)])) }
}
