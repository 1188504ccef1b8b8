// Overlays of Volt's own: that each still lies over the image it was made for.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { diskBackends } from '../plan/backends.ts'
import type { VmFiles } from '../state/vm-files.ts'
import { VoltError } from '../volt-error.ts'
import { STATE_SOURCE } from './open-backends.ts'
import { readSavedPlan, type RunnableVm } from './runnable-vm.ts'

/** `files` are of a VM that does not run; its saved plan is the last one it ran. Throws DISK_INVALID. */
export async function checkOverlayImages({ plan, sources, name }: RunnableVm, files: VmFiles): Promise<void> {
  const { sources: before = {} } = await readSavedPlan(files.plan)
  for (const { overlay, image } of diskBackends(plan)) {
    if (overlay === undefined) continue
    if (!sources[overlay]?.startsWith(STATE_SOURCE) || !existsSync(join(files.overlays, overlay))) continue
    const was = before[image]
    if (was === undefined || was === sources[image]) continue
    const message = `what ${name} wrote to its disk '${image}' lies over ${was}, and the image is ${sources[image]} now`
    throw new VoltError('DISK_INVALID', message, {
      hint: `\`volt destroy ${name}\` discards what was written; or give the new disk another name`,
    })
  }
}
