// SIGINT, SIGTERM and SIGHUP: at once where nothing needs tidying up, else by an AbortSignal; a second one does not wait.
import { signalExitCodes } from './exit-codes.ts'

type SignalName = keyof typeof signalExitCodes

/** What an aborted operation rejects with; never shown. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  readonly exitCode: number

  constructor(signal: SignalName) {
    super(`interrupted by ${signal}`)
    this.exitCode = signalExitCodes[signal]
  }
}

export interface Interruption {
  readonly signal: AbortSignal
  /** Runs work that must tidy up when interrupted, for at most `limitMs`; it has to observe `signal`. */
  guard<T>(work: () => Promise<T>, limitMs?: number): Promise<T>
  /** Something to undo whenever the process ends, such as a raw terminal. Returns how to take it back. */
  onExit(restore: () => void): () => void
}

const TIDY_UP_MS = 15_000

/** Installs the handlers; once a process. */
export function watchSignals(): Interruption {
  const controller = new AbortController()
  const restorers = new Set<() => void>()
  const limits: number[] = []
  const leave = (code: number): never => process.exit(code)
  process.on('exit', () => restorers.forEach((restore) => restore()))
  for (const name of Object.keys(signalExitCodes) as SignalName[]) {
    process.on(name, () => {
      const interrupted = new Interrupted(name)
      if (limits.length === 0 || controller.signal.aborted) leave(interrupted.exitCode)
      controller.abort(interrupted)
      setTimeout(() => leave(interrupted.exitCode), Math.max(...limits)).unref()
    })
  }
  return {
    signal: controller.signal,
    async guard(work, limitMs = TIDY_UP_MS) {
      limits.push(limitMs)
      try {
        return await work()
      } finally {
        limits.splice(limits.indexOf(limitMs), 1)
      }
    },
    onExit(restore) {
      restorers.add(restore)
      return () => void restorers.delete(restore)
    },
  }
}
