// Destroys machines of a project side by side, those that depend on others first.
import { destroyVm, type Destroyed, type DestroyRequest } from '../run/destroy-vm.ts'
import { dependenciesOf } from '../run/plan-project.ts'
import { createSchedule, reversed } from '../run/schedule.ts'
import type { Project } from '../state/project-name.ts'
import { readStatus } from '../state/vm-state.ts'
import type { Context } from './context.ts'
import type { Progress } from './progress.ts'

/** How many machines are started or ended at a time. */
export const MACHINES_AT_A_TIME = 8

/** How each ended, in their order. To be called with the project's lock held. */
export async function destroyMachines(
  { interruption }: Context,
  progress: Progress,
  project: Project,
  names: readonly string[],
  request: DestroyRequest,
): Promise<PromiseSettledResult<Destroyed>[]> {
  const statuses = await Promise.all(names.map((name) => readStatus(project, name)))
  const tasks = statuses.map((status) => ({ name: status.name, after: dependenciesOf(status) }))
  const schedule = createSchedule(reversed(tasks), MACHINES_AT_A_TIME)
  return progress.stages(
    names.map((name) => ({
      title: `Destroy ${name}`,
      body: (stage) =>
        schedule.run(name, async () => {
          interruption.signal.throwIfAborted()
          const result = await destroyVm(project, name, request)
          stage.title(`${name} destroyed, ${describe(result)}`)
          for (const path of result.kept) stage.detail(`kept, --delete-data removes it: ${path}`)
          return result
        }),
    })),
  )
}

function describe({ was, ended }: Destroyed): string {
  switch (ended) {
    case 'gone':
      return was === 'never started' ? 'nothing but its overlays was there' : `it was ${was}`
    case 'stopped':
      return 'it was running and ended by SIGTERM'
    case 'killed':
      return 'it was running and had to be killed by SIGKILL'
  }
}
