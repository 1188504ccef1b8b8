// What ends a command that is held to volt.lock.
import type { LockDifference } from '../run/lock/compare-lock.ts'
import { VoltError } from '../volt-error.ts'

/** What the lock and the machines differ in; ends a command with exit code 5. */
export class LockMismatch extends VoltError {
  readonly differences: readonly LockDifference[]

  constructor(message: string, hint: string, differences: readonly LockDifference[]) {
    super('LOCK_MISMATCH', message, { hint })
    this.differences = differences
  }
}
