// What the devices of a plan work on, as far as it is there before the machine is started, and what is started with it.
import type { OpenDescriptor } from '../host/open-descriptor.ts'
import type { HelperCommand } from './helper-command.ts'
import { removeStaleSocket } from './listen-at.ts'

export interface Backends {
  /** Open descriptors by the names of the plan. */
  files: Map<string, OpenDescriptor>
  helpers: HelperCommand[]
  /** Paths of sockets that are listened on, which a broker removes in the end. */
  sockets: string[]
}

export function noBackends(): Backends {
  return { files: new Map(), helpers: [], sockets: [] }
}

/** Once the machine has its own. */
export async function closeBackends({ files, helpers }: Backends): Promise<void> {
  const logs = helpers.flatMap(({ log }) => (log === undefined ? [] : [log]))
  await Promise.all([...files.values(), ...logs].map((handle) => handle.close()))
}

/** Of a machine that does not start: a broker may never have run. */
export async function abandonBackends(backends: Backends): Promise<void> {
  await closeBackends(backends)
  for (const path of backends.sockets) await removeStaleSocket(path)
}
