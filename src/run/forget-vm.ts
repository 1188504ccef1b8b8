// Removes what Volt knows of a VM, and what its guest wrote only where that is asked for.
import { readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from '../state/read-json.ts'
import type { VmFiles } from '../state/vm-files.ts'
import { keptOverlays } from './own-overlays.ts'

/** Of a VM that does not run. Paths of the overlays that stay, for a later apply of the same name. */
export async function forgetVm(files: VmFiles, options: { deleteData: boolean }): Promise<string[]> {
  const kept = options.deleteData ? [] : keptOverlays(files)
  if (kept.length === 0) {
    await rm(files.directory, { recursive: true, force: true })
    return []
  }
  for (const name of await readdir(files.directory)) {
    const path = join(files.directory, name)
    if (path !== files.overlays) await rm(path, { recursive: true, force: true })
  }
  return kept
}

/** Removes overlays of a VM, and their directory with the last of them. */
export async function removeOverlays(
  paths: readonly string[],
  { overlays }: VmFiles,
  { except }: { except: readonly string[] } = { except: [] },
): Promise<void> {
  for (const path of paths) if (!except.includes(path)) await rm(path, { force: true })
  await rmdir(overlays).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && !isMissing(error)) throw error
  })
}
