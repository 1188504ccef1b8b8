// Stages of a command, shown on stderr: live on a terminal, plain lines elsewhere, nothing under --json.
import type { Context } from './context.ts'
import { runPlainly } from './plain-stages.ts'
import type { Stage, StageBody } from './stage.ts'

export interface Progress {
  /** Under --json: nothing is shown. */
  readonly silent: boolean
  /** Runs the stage; its line stays on the screen. Rejects with what `body` rejects with. */
  stage<T>(title: string, body: StageBody<T>): Promise<T>
  /** Runs them side by side; how each ended, in their order. Never rejects. */
  stages<T>(stages: readonly Stage<T>[]): Promise<PromiseSettledResult<T>[]>
}

export function createProgress({ stderr, interruption }: Context, options: { silent: boolean }): Progress {
  const stages = async <T>(list: readonly Stage<T>[]): Promise<PromiseSettledResult<T>[]> => {
    if (options.silent) return runPlainly(list, () => undefined)
    if (!stderr.isTTY) return runPlainly(list, (line) => void stderr.line(line))
    const { runOnTerminal } = await import('./terminal-stages.ts')
    return runOnTerminal(list, interruption)
  }
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
