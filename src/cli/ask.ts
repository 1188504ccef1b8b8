// Questions to the person at the terminal.
import { createInterface } from 'node:readline'
import type { Context } from './context.ts'

/** Whether there is somebody to ask. */
export function canAsk({ stderr, json }: Context): boolean {
  return process.stdin.isTTY === true && stderr.isTTY && !json
}

export type Ask = (question: string) => Promise<string | undefined>

/**
 * Gives `use` a way to ask: the answer without blanks around it, undefined where the input ended (Ctrl-D). Lines that
 * were typed ahead are answers too. Throws what ended the command while a question was open.
 */
export async function atTerminal<Result>(
  { interruption, stderr }: Context,
  use: (ask: Ask) => Promise<Result>,
): Promise<Result> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const typed: string[] = []
  let closed = false
  let wake = (): void => undefined
  terminal.on('line', (line) => {
    typed.push(line.trim())
    wake()
  })
  terminal.once('close', () => {
    closed = true
    wake()
  })
  // In its raw mode the terminal sends Ctrl-C as a character, which readline turns into this event.
  terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  interruption.signal.addEventListener('abort', () => wake(), { once: true })
  const ask: Ask = async (question) => {
    terminal.setPrompt(question)
    if (!closed) terminal.prompt()
    while (typed.length === 0 && !closed && !interruption.signal.aborted) {
      await new Promise<void>((resolve) => (wake = resolve))
    }
    if (interruption.signal.aborted || typed.length === 0) await stderr.line()
    interruption.signal.throwIfAborted()
    return typed.shift()
  }
  try {
    return await use(ask)
  } finally {
    terminal.close()
  }
}
