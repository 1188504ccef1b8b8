// Ends a VM and forgets it. To be called with the project's lock held.
import { rm } from 'node:fs/promises'
import type { Project } from '../state/project.ts'
import { describeState, readStatus } from '../state/vm-state.ts'
import { stopProcess } from './stop-vm.ts'

export interface Destroyed {
  name: string
  /** State before: `running`, `stopped (reset)`. */
  was: string
  /** How its process ended; 'gone' when there was none. */
  ended: 'gone' | 'stopped' | 'killed'
}

/** SIGTERM, SIGKILL after `timeoutMs`; then the record, plan, console log and events are removed. */
export async function destroyVm(project: Project, name: string, timeoutMs?: number): Promise<Destroyed> {
  const { record, state, files } = await readStatus(project, name)
  const ended = state.kind === 'running' && record !== undefined ? await stopProcess(record, timeoutMs) : 'gone'
  await rm(files.directory, { recursive: true, force: true })
  return { name, was: describeState(state), ended }
}
