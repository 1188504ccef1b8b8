// What a command did of several parts, where some of them failed and others did not.
import { VoltError } from '../volt-error.ts'

export interface Failure {
  /** Of a machine. */
  name: string
  error: unknown
}

/** Each failure is reported by itself; ends a command with exit code 1. */
export class PartlyFailed extends VoltError {
  readonly failures: readonly Failure[]
  /** What was done, as the command's JSON has it. */
  readonly done: readonly object[]

  constructor(total: number, failures: readonly Failure[], done: readonly object[]) {
    super('PARTLY_FAILED', `${failures.length} of ${total} machines failed`, {
      hint: 'the others are as they should be; the same command goes on from here',
    })
    this.failures = failures
    this.done = done
  }
}

/** The values of all, or what stands in their way: the only error of a command for one machine, or PartlyFailed. */
export function allOf<T extends object>(names: readonly string[], results: readonly PromiseSettledResult<T>[]): T[] {
  const done = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failures = results.flatMap((result, index): Failure[] =>
    result.status === 'rejected' ? [{ name: names[index] ?? '', error: result.reason as unknown }] : [],
  )
  const [first] = failures
  if (first === undefined) return done
  throw names.length === 1 ? first.error : new PartlyFailed(names.length, failures, done)
}
