// How commands take a lock: they wait for others, and say for whom unless progress is silent.
import type { LockOptions } from '../state/project-lock.ts'
import type { Context } from './context.ts'
import type { Progress } from './progress.ts'
import { printable } from './render/display-text.ts'

const LOCK_TIMEOUT_MS = 60_000

/** `what` is what the lock guards. */
export function lockOptions(
  { commandLine, stderr, interruption }: Context,
  progress: Progress,
  what = 'this project',
): LockOptions {
  return {
    command: commandLine,
    timeoutMs: LOCK_TIMEOUT_MS,
    signal: interruption.signal,
    onWait: (holder) => {
      if (progress.silent) return
      const who = holder === undefined ? 'another process' : `'${printable(holder.command)}' (pid ${holder.pid})`
      void stderr.line(`waiting for ${who}, which is changing ${what}`)
    },
  }
}
