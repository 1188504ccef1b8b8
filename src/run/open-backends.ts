// Opens what the devices of a plan work on, on the very descriptors that the engine gets: files checked, and locked until
// the last of them is closed, which is the end of the machine.
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { tryLockFile } from '../host/file-lock.ts'
import { diskBackends } from '../plan/backends.ts'
import type { VmFiles } from '../state/vm-files.ts'
import { VoltError } from '../volt-error.ts'
import { abandonBackends, noBackends, type Backends } from './backends.ts'
import { findDiskHolder } from './find-disk-holder.ts'
import { openNetworks } from './open-networks.ts'
import { openShares } from './open-shares.ts'
import { openSeed, removeSeed } from './make-seed.ts'
import { openVsock } from './open-vsock.ts'
import { openDisk, openOrMakeFile, temporaryFile, type OpenDisk } from './open-disk.ts'
import { checkOverlay, isUnmade, makeOverlay } from './overlay-file.ts'
import { overlayFile, STATE_SOURCE } from './own-overlays.ts'
import type { RunnableVm } from './runnable-vm.ts'
import { isSeedSource } from './seed-disk.ts'

/** For a lock whose holder has ended. */
const RELEASE_MS = 2000
const PAUSE_MS = 20

type Sourced = Pick<RunnableVm, 'plan' | 'sources' | 'provision'>

/**
 * What is opened is the caller's, who closes it once the machine has its own. `state` has the directories of overlays of
 * Volt's own, of private networks, and of the logs of passt and virtiofsd; without it those are temporary and these are none.
 * `sockets` is the directory of a vsock's socket of Volt's own, and goes with that where there is no state. Throws FILE_UNREADABLE, DISK_INVALID, DISK_LOCKED,
 * PLAN_INVALID, HOST_ERROR, CID_TAKEN, NOT_BUILT, USAGE.
 */
export async function openBackends(
  vm: Sourced,
  state?: Pick<VmFiles, 'directory' | 'overlays' | 'segments'>,
  sockets = state?.directory ?? '',
): Promise<Backends> {
  const backends = noBackends()
  const { files, helpers } = backends
  try {
    if (state !== undefined && !Object.values(vm.sources).some(isSeedSource)) await removeSeed(state)
    for (const { image, overlay, bytes, writesImage } of diskBackends(vm.plan)) {
      const path = sourceOf(vm, image)
      if (isSeedSource(path)) {
        files.set(image, await openSeed(vm, state))
        continue
      }
      const disk = await openImage(path, bytes, writesImage)
      files.set(image, disk.handle)
      if (overlay === undefined) continue
      const source = sourceOf(vm, overlay)
      const own = source.startsWith(STATE_SOURCE)
      if (own && state === undefined) files.set(overlay, await temporaryOverlay(bytes))
      else {
        const file = own ? join(state?.overlays ?? '', overlayFile(overlay, path)) : source
        const opened = openOverlay(file, disk, path)
        files.set(overlay, await (own ? opened.catch(tellHowToDiscard(vm.plan.name)) : opened))
      }
    }
    await openNetworks(vm, backends, state)
    await openVsock(vm, backends, sockets, state === undefined)
    await openShares(vm, helpers, state?.directory)
    return backends
  } catch (error) {
    await abandonBackends(backends)
    throw error
  }
}

function sourceOf({ sources }: Sourced, name: string): string {
  const source = sources[name]
  if (source !== undefined) return source
  throw new VoltError('PLAN_INVALID', `the plan does not say where its disk '${name}' is`)
}

async function openImage(path: string, bytes: number, writes: boolean): Promise<OpenDisk> {
  const disk = await openDisk(path, path, writes ? 'write' : 'read')
  return locked(disk, path, writes ? 'exclusive' : 'shared', () => {
    if (disk.sizeBytes === bytes) return
    throw new VoltError('DISK_INVALID', `${path} has ${disk.sizeBytes} bytes, and the plan was made for ${bytes}`, {
      hint: 'make the plan again',
    })
  })
}

async function openOverlay(path: string, image: OpenDisk, imagePath: string): Promise<FileHandle> {
  const disk = await openOrMakeFile(path)
  const { handle } = await locked(disk, path, 'exclusive', async () => {
    // Looked at now: until the lock was ours, another might have made it.
    if (await isUnmade(disk.handle, image.sizeBytes)) await makeOverlay(disk.handle, image.sizeBytes)
    else await checkOverlay(disk, image, { overlay: path, image: imagePath })
  })
  return handle
}

/** An overlay of Volt's own that does not fit is nothing that the user named. */
function tellHowToDiscard(name: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof VoltError) || error.code !== 'DISK_INVALID') throw error
    const hint = `\`volt destroy --delete-data ${name}\` discards what its guest wrote; or bring the image back`
    throw new VoltError(error.code, error.message, { hint, cause: error })
  }
}

async function temporaryOverlay(imageBytes: number): Promise<FileHandle> {
  const handle = await temporaryFile('volt-overlay')
  try {
    await makeOverlay(handle, imageBytes)
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** The file, locked and with nothing against it; closed otherwise. */
async function locked(
  disk: OpenDisk,
  path: string,
  mode: 'exclusive' | 'shared',
  check: () => Promise<void> | void,
): Promise<OpenDisk> {
  try {
    await lock(disk, path, mode)
    await check()
    return disk
  } catch (error) {
    await disk.handle.close()
    throw error
  }
}

/** io_uring lets go of a file some milliseconds after the process that had it has ended: nobody holds the lock then. */
async function lock({ handle, identity }: OpenDisk, path: string, mode: 'exclusive' | 'shared'): Promise<void> {
  for (const until = Date.now() + RELEASE_MS; !tryLockFile(handle, mode); await sleep(PAUSE_MS)) {
    const holder = await findDiskHolder(identity)
    if (holder === undefined && Date.now() < until) continue
    const what = mode === 'shared' ? 'written' : 'used'
    throw new VoltError('DISK_LOCKED', `${path} is being ${what} by ${holder ?? 'another process'}`, {
      hint: 'end that first, or give one of the two an overlay or a copy',
    })
  }
}
