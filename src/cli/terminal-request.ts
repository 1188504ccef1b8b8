// What a command in a guest is told of the terminal here.
import { VoltError } from '../volt-error.ts'

/** Throws USAGE where standard input is no terminal. */
export function terminalRequest(): { terminal: { columns: number; rows: number }; variables: string[] } {
  const { stdin, stdout } = process
  if (!stdin.isTTY) {
    throw new VoltError('USAGE', 'standard input is no terminal', {
      hint: '`volt exec NAME -- COMMAND` needs none, with `-i` it passes standard input on',
    })
  }
  const { TERM = 'vt100', COLORTERM } = process.env
  return {
    // A terminal that does not know its size says 0.
    terminal: { columns: stdout.columns || 80, rows: stdout.rows || 24 },
    variables: [`TERM=${TERM}`, ...(COLORTERM === undefined ? [] : [`COLORTERM=${COLORTERM}`])],
  }
}
