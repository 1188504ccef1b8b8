// A yes-or-no question to the person at the terminal.
import { VoltError } from '../volt-error.ts'
import { atTerminal } from './ask.ts'
import type { Context } from './context.ts'

/** Throws DECLINED on any answer but yes. */
export async function confirm(question: string, context: Context): Promise<void> {
  const answer = await atTerminal(context, (ask) => ask(`${question} [y/N] `))
  if (!/^y(?:es)?$/i.test(answer ?? '')) throw new VoltError('DECLINED', 'not agreed to, so nothing was changed')
}
