// What the shares of a plan work on: a virtiofsd each.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { shareBackends } from '../plan/backends.ts'
import { VoltError } from '../volt-error.ts'
import type { HelperCommand } from './helper-command.ts'
import type { RunnableVm } from './runnable-vm.ts'
import { virtiofsdHelper } from './virtiofsd-command.ts'

/**
 * Adds to `helpers`, also when it throws; the caller closes their logs, which are in the directory `logs` where there is one.
 * Throws FILE_UNREADABLE, HOST_ERROR or PLAN_INVALID.
 */
export async function openShares(
  { plan, sources }: Pick<RunnableVm, 'plan' | 'sources'>,
  helpers: HelperCommand[],
  logs?: string,
): Promise<void> {
  for (const { id, name, readOnly, cache } of shareBackends(plan)) {
    const directory = sources[name]
    if (directory === undefined) {
      throw new VoltError('PLAN_INVALID', `the plan does not say which directory its device '${id}' shares`)
    }
    await requireDirectory(directory)
    const log = logs === undefined ? {} : { log: join(logs, `${id}.log`) }
    helpers.push(await virtiofsdHelper(name, { directory, readOnly, cache, ...log }))
  }
}

async function requireDirectory(path: string): Promise<void> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new VoltError('FILE_UNREADABLE', `the shared directory ${path} cannot be read: ${cause.message}`, { cause })
  })
  if (!found.isDirectory()) throw new VoltError('FILE_UNREADABLE', `${path} is shared, and is no directory`)
}
