// Stages on a terminal, drawn live by listr2 on stderr.
import { writeSync } from 'node:fs'
import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from 'listr2'
import type { Interruption } from './interruption.ts'
import { StageNotes, type Stage } from './stage.ts'

/** listr2 asks stdout whether it is a terminal; here stderr was asked. */
class TerminalRenderer extends DefaultRenderer {
  static override nonTTY = true
}

/** Runs them side by side; how each ended, in their order. */
export async function runOnTerminal<T>(
  stages: readonly Stage<T>[],
  interruption: Interruption,
): Promise<PromiseSettledResult<T>[]> {
  const results: PromiseSettledResult<T>[] = []
  const processOutput = new ProcessOutput(process.stderr, process.stderr, { leaveEmptyLine: false })
  const logger = new ListrLogger({ useIcons: true, toStderr: [], processOutput })
  const list = new Listr<unknown, typeof TerminalRenderer>([], {
    registerSignalListeners: false,
    concurrent: true,
    exitOnError: false,
    renderer: TerminalRenderer,
    rendererOptions: { logger, collapseSubtasks: false, showErrorMessage: false, collapseErrors: false },
  })
  list.add(
    stages.map(({ title, body }, index) => ({
      title,
      task: async (_, task) => {
        const notes = new StageNotes()
        notes.onTitle = (text) => (task.title = text)
        try {
          results[index] = { status: 'fulfilled', value: await body(notes) }
        } catch (reason) {
          results[index] = { status: 'rejected', reason }
          throw reason
        }
        if (notes.details.length === 0) return
        return task.newListr(notes.details.map((detail) => ({ title: detail, task: () => undefined })))
      },
    })),
  )
  const done = interruption.onExit(showCursor)
  try {
    await list.run()
  } finally {
    done()
  }
  return results
}

function showCursor(): void {
  // Not through process.stderr, which listr2 holds back while it draws.
  writeSync(2, '\u001b[?25h')
}
