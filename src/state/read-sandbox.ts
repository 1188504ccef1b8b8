// What volt-vmm said of its sandbox when it was started last.
import type { SandboxEvent } from '../host/native-addon.ts'
import { findLast } from './read-events.ts'

export type Sandbox =
  { mode: 'off' } | Pick<SandboxEvent, 'mode' | 'jail' | 'layers' | 'landlockAbi' | 'seccompSyscalls' | 'missing'>

/** `events` is the file of a machine that runs; each start of its process adds what is in force then. */
export async function readSandbox(events: string): Promise<Sandbox> {
  const said = await findLast(events, ['sandbox'])
  if (said === undefined) return { mode: 'off' }
  const { mode, jail, layers, landlockAbi, seccompSyscalls, missing } = said
  return {
    ...{ mode, jail, layers },
    ...(landlockAbi !== undefined && { landlockAbi }),
    ...(seccompSyscalls !== undefined && { seccompSyscalls }),
    missing,
  }
}
