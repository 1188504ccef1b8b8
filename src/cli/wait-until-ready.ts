// What `volt apply --wait` waits for.
import type { RunnableVm } from '../run/runnable-vm.ts'
import type { Project } from '../state/project-name.ts'
import type { Context } from './context.ts'
import type { Progress } from './progress.ts'
import { waitForAll } from './wait-for-all.ts'

/** One whose manifest has no sign of readiness runs, and so is ready. */
export async function waitUntilReady(
  context: Context,
  progress: Progress,
  project: Project,
  vms: readonly RunnableVm[],
): Promise<void> {
  const waited = vms.filter(({ life }) => life?.readiness !== undefined).map(({ name }) => ({ project, name }))
  if (waited.length === 0) return
  await progress.stage('Wait until ready', async (stage) => {
    await waitForAll(context, waited, 'ready')
    stage.title(`${waited.map(({ name }) => name).join(', ')} ready`)
  })
}
