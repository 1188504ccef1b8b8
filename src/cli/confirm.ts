// A yes-or-no question to the person at the terminal.
import { createInterface } from 'node:readline/promises'
import { VoltError } from '../volt-error.ts'
import type { Context } from './context.ts'

/** Whether there is somebody to ask. */
export function canAsk({ stderr, json }: Context): boolean {
  return process.stdin.isTTY === true && stderr.isTTY && !json
}

/** Throws DECLINED on any answer but yes. */
export async function confirm(question: string, { interruption }: Context): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  // In its raw mode the terminal sends Ctrl-C as a character, which readline turns into this event.
  terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')))
  try {
    const asked = terminal.question(`${question} [y/N] `, { signal: interruption.signal })
    const answer = await Promise.race([asked, closed])
    if (!/^y(?:es)?$/i.test(answer.trim())) throw new VoltError('DECLINED', 'not agreed to, so nothing was changed')
  } finally {
    terminal.close()
  }
}
