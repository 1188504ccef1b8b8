// Stages where no terminal shows them: one line a stage, when it is done, its details indented below.
import { StageNotes, type Stage } from './stage.ts'

/** Runs them side by side; how each ended, in their order. `write` gets lines without their ends. */
export function runPlainly<T>(
  stages: readonly Stage<T>[],
  write: (line: string) => void,
): Promise<PromiseSettledResult<T>[]> {
  return Promise.allSettled(
    stages.map(async ({ title, body }) => {
      const notes = new StageNotes()
      let shown = title
      notes.onTitle = (text) => (shown = text)
      try {
        const value = await body(notes)
        write(`✔ ${shown}`)
        for (const detail of notes.details) write(`  ✔ ${detail}`)
        return value
      } catch (error) {
        write(`✖ ${shown}`)
        throw error
      }
    }),
  )
}
