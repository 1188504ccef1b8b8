// Overlays of Volt's own: one file for each disk and each image it had, so that none is ever laid over another image.
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { diskBackends } from '../plan/backends.ts'
import { isMissing } from '../state/read-json.ts'
import type { VmFiles } from '../state/vm-files.ts'
import type { RunnableVm, SavedPlan } from './runnable-vm.ts'

/** Prefix of the source of an overlay that Volt keeps itself. */
export const STATE_SOURCE = 'state:'

/** Name of the file, in the directory of overlays: that of the backend and, behind a dot, a hash of the image's path. */
export function overlayFile(overlay: string, imagePath: string): string {
  return `${overlay}.${createHash('sha256').update(imagePath).digest('hex').slice(0, 16)}`
}

/** Names of the files that the VM has or would have, in the order of its disks. */
export function ownOverlays({ plan, sources }: Pick<RunnableVm, 'plan' | 'sources'>): string[] {
  return diskBackends(plan).flatMap(({ overlay, image }) => {
    const own = overlay !== undefined && sources[overlay]?.startsWith(STATE_SOURCE)
    return own ? [overlayFile(overlay, sources[image] ?? '')] : []
  })
}

/** Paths of the overlays that are there, whether or not they are used; sorted. */
export function keptOverlays({ overlays }: Pick<VmFiles, 'overlays'>): string[] {
  try {
    return readdirSync(overlays)
      .sort()
      .map((name) => join(overlays, name))
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/**
 * Paths of the overlays that hold what the guest wrote and that `vm` would start without: those that its last plan used,
 * or, of a machine that was destroyed, those of its disks over other images.
 */
export async function leftOverlays(vm: RunnableVm, files: VmFiles, before: SavedPlan): Promise<string[]> {
  const there = keptOverlays(files)
  const wanted = ownOverlays(vm)
  const isThere = (name: string): boolean => there.includes(join(files.overlays, name))
  if (before.plan !== undefined) {
    const used = ownOverlays({ plan: before.plan, sources: before.sources ?? {} })
    return used.filter((name) => !wanted.includes(name) && isThere(name)).map((name) => join(files.overlays, name))
  }
  const diskOf = (name: string): string => name.slice(0, name.lastIndexOf('.') + 1)
  const fresh = wanted.filter((name) => !isThere(name)).map(diskOf)
  return there.filter((path) => fresh.some((disk) => path.startsWith(join(files.overlays, disk))))
}
