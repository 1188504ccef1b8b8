// What every command gets: its streams, and how it is interrupted.
import { createOutput, type Output } from './output.ts'
import { watchSignals, type Interruption } from './interruption.ts'

export interface Context {
  stdout: Output
  stderr: Output
  interruption: Interruption
  /** Whether stdout gets JSON, errors too. */
  json: boolean
  /** The command line as typed, for those who wait for our lock. */
  commandLine: string
  /** What the process ends with; commands set it where it is not 0. */
  exitCode: number
}

export function createContext(args: readonly string[]): Context {
  return {
    stdout: createOutput(process.stdout),
    stderr: createOutput(process.stderr),
    interruption: watchSignals(),
    json: args.slice(0, args.includes('--') ? args.indexOf('--') : undefined).includes('--json'),
    commandLine: ['volt', ...args].join(' '),
    exitCode: 0,
  }
}
