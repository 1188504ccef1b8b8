// A plan as a machine gets it: a file without a name, which it can only read, as the next start reads it too.
import { open, rm, writeFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { openFailure } from '../kernel/open-failure.ts'
import type { BootPlan } from '../plan/boot-plan.gen.ts'
import { unwritableState } from '../state/state-directory.ts'
import { temporaryPath } from './open-disk.ts'

/** At its beginning; the caller closes it. `directory` is one of this user's alone. Throws FILE_UNREADABLE or STATE_UNWRITABLE. */
export async function planFile(plan: BootPlan, directory?: string): Promise<FileHandle> {
  const path = directory === undefined ? temporaryPath('volt-plan') : join(directory, '.plan')
  try {
    if (directory !== undefined) await rm(path, { force: true })
    await writeFile(path, JSON.stringify(plan), { flag: 'wx', mode: 0o600 })
    return await open(path, 'r')
  } catch (error) {
    const cause = error as NodeJS.ErrnoException
    throw directory === undefined ? openFailure(path, path, cause, 'written') : unwritableState(directory, cause)
  } finally {
    await rm(path, { force: true })
  }
}
