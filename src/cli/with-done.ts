// What a command of several parts did before one of them failed.
import { VoltError } from '../volt-error.ts'

/** The error, whose message tells what was done before it. */
export function withDone(error: unknown, done: readonly string[]): unknown {
  if (!(error instanceof VoltError) || done.length === 0) return error
  const { code, message, errno, hint } = error
  const optional = { ...(errno !== undefined && { errno }), ...(hint !== undefined && { hint }) }
  return new VoltError(code, `${message}; done before it: ${done.join(', ')}`, { cause: error, ...optional })
}
