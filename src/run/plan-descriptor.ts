// A plan as a machine gets it: a file without a name, which it can only read, as the next start reads it too.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OpenDescriptor } from '../host/open-descriptor.ts'
import { openOwn, removeFile } from '../host/own-files.ts'
import { openFailure } from '../kernel/open-failure.ts'
import type { BootPlan } from '../plan/boot-plan.gen.ts'
import { unwritableState } from '../state/state-directory.ts'
import { temporaryPath } from './open-disk.ts'

/** At its beginning; the caller closes it. `directory` is one of this user's alone. Throws FILE_UNREADABLE or STATE_UNWRITABLE. */
export function planFile(plan: BootPlan, directory?: string): OpenDescriptor {
  const path = directory === undefined ? temporaryPath('volt-plan') : join(directory, '.plan')
  try {
    if (directory !== undefined) removeFile(path)
    writeFileSync(path, JSON.stringify(plan), { flag: 'wx', mode: 0o600 })
    return openOwn(path)
  } catch (error) {
    const cause = error as NodeJS.ErrnoException
    throw directory === undefined ? openFailure(path, path, cause, 'written') : unwritableState(directory, cause)
  } finally {
    removeFile(path)
  }
}
