// Stages of a command, shown by listr2 on stderr: live on a terminal, plain lines elsewhere, nothing under --json.
import { writeSync } from 'node:fs'
import { DefaultRenderer, Listr, ListrLogger, ProcessOutput, type ListrRendererFactory } from 'listr2'
import type { Context } from './context.ts'
import { PlainRenderer } from './plain-renderer.ts'

/** Lets a stage change its line, and add lines below it when it is done. */
export interface StageReport {
  title(text: string): void
  detail(text: string): void
}

export interface Progress {
  /** Under --json: nothing is shown. */
  readonly silent: boolean
  /** Runs the stage; its line stays on the screen. Rejects with what `body` rejects with. */
  stage<T>(title: string, body: (report: StageReport) => Promise<T> | T): Promise<T>
}

/** listr2 asks stdout whether it is a terminal; here stderr was asked. */
class TerminalRenderer extends DefaultRenderer {
  static override nonTTY = true
}

export function createProgress(context: Context, options: { silent: boolean }): Progress {
  const { interruption } = context
  return {
    silent: options.silent,
    async stage(title, body) {
      const report = new Report()
      if (options.silent) return body(report)
      let result: Awaited<ReturnType<typeof body>> | undefined
      const list = new Listr<unknown, ListrRendererFactory>([], {
        registerSignalListeners: false,
        ...rendererFor(context),
      })
      list.add({
        title,
        task: async (_, task) => {
          report.onTitle = (text) => (task.title = text)
          result = await body(report)
          if (report.details.length === 0) return
          return task.newListr(report.details.map((detail) => ({ title: detail, task: () => undefined })))
        },
      })
      const done = context.stderr.isTTY ? interruption.onExit(showCursor) : undefined
      try {
        await list.run()
      } finally {
        done?.()
      }
      return result as Awaited<ReturnType<typeof body>>
    },
  }
}

class Report implements StageReport {
  readonly details: string[] = []
  onTitle: ((text: string) => void) | undefined

  title(text: string): void {
    this.onTitle?.(text)
  }

  detail(text: string): void {
    this.details.push(text)
  }
}

interface RendererChoice {
  renderer: ListrRendererFactory
  rendererOptions: object
}

function rendererFor({ stderr }: Context): RendererChoice {
  if (!stderr.isTTY) {
    return { renderer: PlainRenderer, rendererOptions: { write: (line: string) => void stderr.line(line) } }
  }
  const processOutput = new ProcessOutput(process.stderr, process.stderr, { leaveEmptyLine: false })
  const logger = new ListrLogger({ useIcons: true, toStderr: [], processOutput })
  return {
    renderer: TerminalRenderer,
    rendererOptions: { logger, collapseSubtasks: false, showErrorMessage: false, collapseErrors: false },
  }
}

function showCursor(): void {
  // Not through process.stderr, which listr2 holds back while it draws.
  writeSync(2, '\u001b[?25h')
}
