// Ends a VM and forgets it. To be called with the project's lock held.
import { removeLeftOver } from '../host/cgroup.ts'
import { vsockBackends } from '../plan/backends.ts'
import type { Project } from '../state/project-name.ts'
import { describeState, readStatus } from '../state/vm-state.ts'
import { findKeeper } from './find-keeper.ts'
import { forgetVm } from './forget-vm.ts'
import { removeStaleSocket } from './listen-at.ts'
import { readSavedPlan } from './runnable-vm.ts'
import { stopProcess } from './stop-vm.ts'
import { OWN_SOCKET } from './vsock-place.ts'

export interface Destroyed {
  name: string
  /** State before: `running`, `stopped (reset)`. */
  was: string
  /** How its process ended; 'gone' when there was none. */
  ended: 'gone' | 'stopped' | 'killed'
  /** Paths of what its guest wrote, which a later apply of the same name takes up again. */
  kept: string[]
}

export interface DestroyRequest {
  /** Until SIGKILL follows SIGTERM. */
  timeoutMs?: number
  /** Whether what the guest wrote goes too. */
  deleteData: boolean
}

/** SIGTERM, then SIGKILL; then the record, plan, console log, events and sockets are removed. */
export async function destroyVm(project: Project, name: string, request: DestroyRequest): Promise<Destroyed> {
  const { record, state, files } = await readStatus(project, name)
  const keeper = state.kind === 'damaged' ? await findKeeper(files.directory) : record
  const ended = keeper === undefined ? 'gone' : await stopProcess(keeper, request.timeoutMs)
  if (record?.limits?.cgroup !== undefined) await removeLeftOver(record.limits.cgroup)
  // One that cannot be removed is replaced when another machine listens there.
  for (const path of await socketsElsewhere(files.plan)) await removeStaleSocket(path).catch(() => undefined)
  return { name, was: describeState(state), ended, kept: await forgetVm(files, request) }
}

/** Of a machine whose broker did not live to remove them. */
async function socketsElsewhere(planFile: string): Promise<string[]> {
  const { plan, sources = {} } = await readSavedPlan(planFile)
  if (plan === undefined) return []
  const paths = vsockBackends(plan).map(({ listener }) => sources[listener] ?? OWN_SOCKET)
  return paths.filter((path) => path !== OWN_SOCKET)
}
