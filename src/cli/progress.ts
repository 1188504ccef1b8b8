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
  stage<T>(title: string, body: StageBody<T>): Promise<T>
  /** Runs them side by side; how each ended, in their order. Never rejects. */
  stages<T>(stages: readonly Stage<T>[]): Promise<PromiseSettledResult<T>[]>
}

type StageBody<T> = (report: StageReport) => Promise<T> | T

export interface Stage<T> {
  title: string
  body: StageBody<T>
}

/** listr2 asks stdout whether it is a terminal; here stderr was asked. */
class TerminalRenderer extends DefaultRenderer {
  static override nonTTY = true
}

export function createProgress(context: Context, options: { silent: boolean }): Progress {
  const stages = <T>(list: readonly Stage<T>[]): Promise<PromiseSettledResult<T>[]> =>
    options.silent ? runSilently(list) : runShown(context, list)
  return {
    silent: options.silent,
    stages,
    async stage(title, body) {
      const [result] = await stages([{ title, body }])
      if (result?.status === 'fulfilled') return result.value
      throw result?.reason
    },
  }
}

function runSilently<T>(stages: readonly Stage<T>[]): Promise<PromiseSettledResult<T>[]> {
  return Promise.allSettled(stages.map(async ({ body }) => body(new Report())))
}

async function runShown<T>(context: Context, stages: readonly Stage<T>[]): Promise<PromiseSettledResult<T>[]> {
  const { interruption, stderr } = context
  const results: PromiseSettledResult<T>[] = []
  const list = new Listr<unknown, ListrRendererFactory>([], {
    registerSignalListeners: false,
    concurrent: true,
    exitOnError: false,
    ...rendererFor(context),
  })
  list.add(
    stages.map(({ title, body }, index) => ({
      title,
      task: async (_, task) => {
        const report = new Report()
        report.onTitle = (text) => (task.title = text)
        try {
          results[index] = { status: 'fulfilled', value: await body(report) }
        } catch (reason) {
          results[index] = { status: 'rejected', reason }
          throw reason
        }
        if (report.details.length === 0) return
        return task.newListr(report.details.map((detail) => ({ title: detail, task: () => undefined })))
      },
    })),
  )
  const done = stderr.isTTY ? interruption.onExit(showCursor) : undefined
  try {
    await list.run()
  } finally {
    done?.()
  }
  return results
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
