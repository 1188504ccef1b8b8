// Stays with a VM until it ends, for whoever supervises processes: its console is standard output, and SIGTERM its power button.
import { setTimeout as sleep } from 'node:timers/promises'
import { followFile } from '../run/follow-file.ts'
import { powerOff, stopTimeoutOf } from '../run/power-off.ts'
import type { Project } from '../state/project-name.ts'
import { readStatus } from '../state/vm-state.ts'
import { reportEnding } from './attach.ts'
import type { Context } from './context.ts'
import { copyOut } from './copy-out.ts'

const STATUS_POLL_MS = 500
/** Beyond the guest's own time: for SIGTERM, SIGKILL and the last of the console. */
const END_MARGIN_MS = 60_000

/** Ends with the guest's exit code, also after a signal; the second signal does not wait. Throws HOST_ERROR when nothing ends it. */
export async function stayWith(context: Context, project: Project, name: string): Promise<void> {
  const { signal } = context.interruption
  const { files, record } = await readStatus(project, name)
  const limitMs = stopTimeoutOf(record ?? {}) + END_MARGIN_MS
  await context.interruption.guard(async () => {
    let stopping: Promise<unknown> | undefined
    let isStuck = false
    const stop = (): void => {
      stopping = end(project, name)
      stopping.catch(() => (isStuck = true))
    }
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    try {
      const ended = async (): Promise<boolean> => isStuck || (await readStatus(project, name)).state.kind !== 'running'
      await copyOut(context, followFile(files.console, ended, { older: files.olderConsole }))
      // Where nobody reads any more, the machine goes on all the same.
      while (!(await ended())) await sleep(STATUS_POLL_MS)
      await stopping
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }, limitMs)
  await reportEnding(context, project, name)
}

/** Of whatever runs by then: it may have been started anew. */
async function end(project: Project, name: string): Promise<void> {
  const { record } = await readStatus(project, name)
  if (record !== undefined) await powerOff(record)
}
