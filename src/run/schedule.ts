// Runs tasks side by side, so many at a time, each after those it waits for.
import { VoltError } from '../volt-error.ts'

export interface Task {
  name: string
  /** Names of tasks that have to end well first; names of no task are passed over. */
  after: readonly string[]
}

export interface Schedule {
  /**
   * Runs the body when it is the task's turn; to be called once for every task, without waiting in between. Rejects with
   * what the body rejects with, or DEPENDENCY_FAILED where one that it waits for has.
   */
  run<T>(name: string, body: () => Promise<T>): Promise<T>
}

interface Ending {
  ended: Promise<boolean>
  end: (well: boolean) => void
}

/** `tasks` without circles; `limit` is how many run at a time. */
export function createSchedule(tasks: readonly Task[], limit: number): Schedule {
  const endings = new Map(tasks.map(({ name }) => [name, createEnding()]))
  const waiting: (() => void)[] = []
  let free = limit
  const takePlace = async (): Promise<void> => {
    if (free > 0) free--
    else await new Promise<void>((resume) => waiting.push(resume))
  }
  const leavePlace = (): void => {
    const next = waiting.shift()
    if (next === undefined) free++
    else next()
  }
  const waitForOthers = async (name: string): Promise<void> => {
    for (const other of tasks.find((task) => task.name === name)?.after ?? []) {
      if ((await endings.get(other)?.ended) === false) throw notDone(name, other)
    }
  }
  return {
    async run(name, body) {
      let well = false
      try {
        await waitForOthers(name)
        await takePlace()
        try {
          const result = await body()
          well = true
          return result
        } finally {
          leavePlace()
        }
      } finally {
        endings.get(name)?.end(well)
      }
    },
  }
}

/** The same tasks the other way round: each after those that wait for it. */
export function reversed(tasks: readonly Task[]): Task[] {
  return tasks.map(({ name }) => ({
    name,
    after: tasks.filter((other) => other.after.includes(name)).map((other) => other.name),
  }))
}

function createEnding(): Ending {
  let end: Ending['end'] = () => undefined
  const ended = new Promise<boolean>((resolve) => (end = resolve))
  return { ended, end }
}

function notDone(name: string, other: string): VoltError {
  return new VoltError('DEPENDENCY_FAILED', `${name} was left as it is: it depends on ${other}, which failed`)
}
