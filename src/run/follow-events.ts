// The events of a machine, one by one.
import type { VmEvent } from '../host/native-addon.ts'
import { EventLines } from '../state/event-lines.ts'
import { readStatus } from '../state/vm-state.ts'
import { followFile } from './follow-file.ts'
import type { FoundVm } from './find-vm.ts'

export interface FollowEventsOptions {
  /** Go on until the machine has ended. */
  follow: boolean
  signal?: AbortSignal
}

/** Those since it was applied; lines that are no events are left out. */
export async function* followEvents(
  { project, name }: FoundVm,
  { follow, signal }: FollowEventsOptions,
): AsyncGenerator<VmEvent> {
  const { files } = await readStatus(project, name)
  const ended = async (): Promise<boolean> => !follow || (await readStatus(project, name)).state.kind !== 'running'
  const lines = new EventLines()
  for await (const chunk of followFile(files.events, ended, { ...(signal !== undefined && { signal }) })) {
    yield* lines.take(chunk)
  }
}
