// A yes-or-no question to the person at the terminal.
import { createInterface } from 'node:readline/promises'
import { VoltError } from '../volt-error.ts'
import type { Context } from './context.ts'

/** Throws DECLINED on any answer but yes, and where there is nobody to ask. */
export async function confirm(question: string, { stderr, interruption }: Context): Promise<void> {
  if (process.stdin.isTTY !== true || !stderr.isTTY) {
    throw new VoltError('DECLINED', question.replace(/\?$/, ''), { hint: 'say --yes to agree beforehand' })
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  // In its raw mode the terminal sends Ctrl-C as a character, which readline turns into this event.
  terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal: interruption.signal })
    if (!/^y(?:es)?$/i.test(answer.trim())) throw new VoltError('DECLINED', 'declined; nothing was changed')
  } finally {
    terminal.close()
  }
}
