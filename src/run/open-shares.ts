// Opens what the shares of a plan work on: a connection to a virtiofsd each.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { OpenDescriptor } from '../host/open-descriptor.ts'
import { shareBackends } from '../plan/backends.ts'
import { VoltError } from '../volt-error.ts'
import type { RunnableVm } from './runnable-vm.ts'
import { startVirtiofsd } from './start-virtiofsd.ts'

/**
 * Adds to `files` by the names of the plan, also when it throws; the caller closes them, which ends what was started.
 * virtiofsd writes its logs to `logs`, a directory, where there is one. Throws FILE_UNREADABLE, HOST_ERROR, PLAN_INVALID or
 * NOT_BUILT.
 */
export async function openShares(
  { plan, sources }: Pick<RunnableVm, 'plan' | 'sources'>,
  files: Map<string, OpenDescriptor>,
  logs?: string,
): Promise<void> {
  for (const { id, name, readOnly, cache } of shareBackends(plan)) {
    const directory = sources[name]
    if (directory === undefined) {
      throw new VoltError('PLAN_INVALID', `the plan does not say which directory its device '${id}' shares`)
    }
    await requireDirectory(directory)
    const log = logs === undefined ? {} : { log: join(logs, `${id}.log`) }
    files.set(name, await startVirtiofsd({ directory, readOnly, cache, ...log }))
  }
}

async function requireDirectory(path: string): Promise<void> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new VoltError('FILE_UNREADABLE', `the shared directory ${path} cannot be read: ${cause.message}`, { cause })
  })
  if (!found.isDirectory()) throw new VoltError('FILE_UNREADABLE', `${path} is shared, and is no directory`)
}
