// What `volt stop` does.
import { powerOff, stopTimeoutOf, type PowerOff } from '../../run/power-off.ts'
import { withProjectLock } from '../../state/project-lock.ts'
import type { Project } from '../../state/project-name.ts'
import { describeState, readStatus } from '../../state/vm-state.ts'
import type { Context } from '../context.ts'
import { lockOptions } from '../lock-options.ts'
import { createProgress, type Progress } from '../progress.ts'
import { findTargets, reportNothing, type TargetOptions } from '../vm-targets.ts'

export interface StopOptions extends TargetOptions {
  timeout?: number
  json?: true
}

interface Stopped {
  name: string
  /** State before: `running`, `stopped (reset)`. */
  was: string
  ended: PowerOff
}

export async function stop(context: Context, targets: string[], options: StopOptions): Promise<void> {
  const found = await findTargets('stop', targets, options)
  const progress = createProgress(context, { silent: options.json === true })
  const stopped: (Stopped & { project: string })[] = []
  for (const { project, names } of found) {
    const vms = await stopAll(context, progress, project, names, options.timeout)
    stopped.push(...vms.map((vm) => ({ project: project.name, ...vm })))
  }
  if (options.json) await context.stdout.line(JSON.stringify({ formatVersion: 1, vms: stopped }))
  else if (stopped.length === 0) await reportNothing('stop', targets, context)
}

async function stopAll(
  context: Context,
  progress: Progress,
  project: Project,
  names: string[],
  timeoutMs: number | undefined,
): Promise<Stopped[]> {
  if (names.length === 0) return []
  return context.interruption.guard(() =>
    withProjectLock(project, lockOptions(context, progress), async () => {
      const stopped: Stopped[] = []
      for (const name of names) {
        context.interruption.signal.throwIfAborted()
        stopped.push(await stopOne(context, progress, project, name, timeoutMs))
      }
      return stopped
    }),
  )
}

async function stopOne(
  { interruption, stderr }: Context,
  progress: Progress,
  project: Project,
  name: string,
  timeoutMs: number | undefined,
): Promise<Stopped> {
  return progress.stage(`Stop ${name}`, async (stage) => {
    const { record, state } = await readStatus(project, name)
    const was = describeState(state)
    if (state.kind !== 'running' || record === undefined) {
      stage.title(`${name} does not run: ${was}`)
      return { name, was, ended: 'gone' }
    }
    const limit = timeoutMs ?? stopTimeoutOf(record)
    stage.title(`Stop ${name}: up to ${limit / 1000} s for its power button`)
    const ended = await powerOff(record, limit, interruption.signal).catch(async (error: unknown) => {
      if (interruption.signal.aborted) await stderr.line(`${name} goes on; its power button was pressed`)
      throw error
    })
    stage.title(`${name} ${describe(ended, record.powerButton, limit)}`)
    return { name, was, ended }
  })
}

function describe(ended: PowerOff, powerButton: boolean, timeoutMs: number): string {
  const why = powerButton ? `did not power off within ${timeoutMs / 1000} s` : 'has no power button'
  switch (ended) {
    case 'gone':
      return 'had ended'
    case 'powered-off':
      return 'obeyed the power button'
    case 'forced':
      return `${why} and was ended by SIGTERM`
    case 'killed':
      return `${why} and had to be killed by SIGKILL`
  }
}
