// Follows the console of a VM in the background until the VM ends or the user has seen enough.
import { followFile } from '../run/follow-file.ts'
import type { Project } from '../state/project-name.ts'
import { readStatus } from '../state/vm-state.ts'
import type { Context } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { copyOut } from './copy-out.ts'
import { reportEnd } from './report-end.ts'

/** Ends with the guest's exit code; detached by a signal, with the signal's. */
export async function attach(context: Context, project: Project, name: string): Promise<void> {
  const { stderr, interruption } = context
  const { signal } = interruption
  const { files } = await readStatus(project, name)
  await interruption.guard(async () => {
    const ended = async (): Promise<boolean> => (await readStatus(project, name)).state.kind !== 'running'
    await copyOut(context, followFile(files.console, ended, { signal, older: files.olderConsole }))
    if (signal.aborted) {
      await stderr.line(
        `\ndetached; ${name} goes on. \`volt logs -f ${name}\` shows more, \`volt destroy ${name}\` ends it.`,
      )
      signal.throwIfAborted()
    }
  })
  await reportEnding(context, project, name)
}

/** Sets the exit code to the guest's. */
export async function reportEnding(context: Context, project: Project, name: string): Promise<void> {
  const { state } = await readStatus(project, name)
  if (state.kind === 'stopped') {
    await reportEnd(name, state.event, context)
    context.exitCode = state.event.exitCode
  } else if (state.kind !== 'running') {
    await context.stderr.line(`${name} was killed`)
    context.exitCode = EXIT.failed
  }
}
