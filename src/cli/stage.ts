// A stage of a command: its work, and what it says of itself meanwhile.

/** Lets a stage change its line, and add lines below it when it is done. */
export interface StageReport {
  title(text: string): void
  detail(text: string): void
}

export type StageBody<T> = (report: StageReport) => Promise<T> | T

export interface Stage<T> {
  title: string
  body: StageBody<T>
}

/** What a stage has said so far. */
export class StageNotes implements StageReport {
  readonly details: string[] = []
  onTitle: ((text: string) => void) | undefined

  title(text: string): void {
    this.onTitle?.(text)
  }

  detail(text: string): void {
    this.details.push(text)
  }
}
