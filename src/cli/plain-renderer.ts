// listr2's renderer for what is not a terminal: one line a stage, when it is done, its details indented below.
import { ListrTaskEventType, ListrTaskState, type ListrRenderer, type ListrRendererTask } from 'listr2'

type PlainTask = ListrRendererTask<typeof PlainRenderer>

export class PlainRenderer implements ListrRenderer {
  static rendererOptions: { write: (line: string) => void }
  static rendererTaskOptions: never
  static nonTTY = true
  private readonly tasks: PlainTask[]
  private readonly options: typeof PlainRenderer.rendererOptions

  constructor(tasks: PlainTask[], options: typeof PlainRenderer.rendererOptions) {
    this.tasks = tasks
    this.options = options
  }

  render(): void {
    this.follow(this.tasks, '')
  }

  end(): void {
    // Every line is written as it comes.
  }

  private follow(tasks: PlainTask[], indent: string): void {
    for (const task of tasks) {
      let shown = false
      const show = (mark: string): void => {
        if (!shown && task.hasTitle()) this.options.write(`${indent}${mark} ${task.title}`)
        shown = true
      }
      task.on(ListrTaskEventType.SUBTASK, (subtasks: PlainTask[]) => {
        show('✔')
        this.follow(subtasks, indent + '  ')
      })
      task.on(ListrTaskEventType.STATE, (state: ListrTaskState) => {
        if (state === ListrTaskState.COMPLETED) show('✔')
        else if (state === ListrTaskState.FAILED) show('✖')
      })
    }
  }
}
