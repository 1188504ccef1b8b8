// The disks of a manifest before anything runs: that their images are there, fit, and may be opened as they will be.
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { DiskContent } from '../content/disk-content.ts'
import type { DocumentProblem } from '../manifest/load-manifests.ts'
import type { DiskSpec } from '../manifest/spec.ts'
import { SECTOR_BYTES } from '../plan/virtio/devices.ts'
import { VoltError } from '../volt-error.ts'
import { openDisk, type OpenDisk } from './open-disk.ts'
import { readMadeDisk } from './made-disk.ts'
import { checkOverlay, isUnmade } from './overlay-file.ts'

/** A disk whose files were looked at, and are not open. */
export interface LoadedDisk {
  name: string
  /** Absolute path of the image; of one that Volt makes when it is built, '' before. */
  source: string
  sizeBytes: number
  /** Absolute path of the overlay, or true for one of Volt's own. */
  overlay?: string | true
  /** The files that the disk takes, by identity; an overlay that is not there yet by its path. */
  uses: { identity: string; writes: boolean; field: 'path' | 'overlay' }[]
  /** What Volt makes it from. */
  content?: DiskContent
  /** SHA-256 of all that it was made from, when it is built. */
  inputs?: string
}

/** Undefined for a disk with which something is wrong; it is in `problems`. Nothing stays open, nothing is written. */
export async function readDisks(
  disks: readonly DiskSpec[],
  directory: string,
  problems: DocumentProblem[],
): Promise<(LoadedDisk | undefined)[]> {
  const read: (LoadedDisk | undefined)[] = []
  for (const [index, disk] of disks.entries()) {
    const found: DocumentProblem[] = []
    const { path, from } = disk
    const pointer = `/disks/${index}`
    const loaded =
      from === undefined
        ? await readDisk({ ...disk, path: path ?? '' }, directory, pointer, found)
        : await readMadeDisk({ ...disk, from }, directory, pointer, found)
    problems.push(...found)
    read.push(found.length === 0 ? loaded : undefined)
  }
  return read
}

type ImageSpec = DiskSpec & { path: string }

async function readDisk(
  disk: ImageSpec,
  directory: string,
  pointer: string,
  problems: DocumentProblem[],
): Promise<LoadedDisk | undefined> {
  const source = resolve(directory, disk.path)
  const writes = !disk.readOnly && disk.overlay === false
  const image = await lookAt(source, disk.path, `${pointer}/path`, problems)
  if (image === undefined) return undefined
  const { sizeBytes, identity } = image
  if (writes && !(await opensForWriting(source))) {
    const message = `${disk.path} may not be written by this user, and the disk '${disk.name}' is`
    const hint = 'set readOnly: true, or overlay: true to keep what the guest writes elsewhere'
    problems.push({ code: 'V107', message, pointer: `${pointer}/path`, hint })
  }
  if (sizeBytes === 0 || sizeBytes % SECTOR_BYTES !== 0) {
    const message = `${disk.path} has ${sizeBytes} bytes, and a disk is made of sectors of ${SECTOR_BYTES}`
    const hint = sizeBytes === 0 ? 'truncate -s 1G makes an empty image' : 'is this a raw image, and whole?'
    problems.push({ code: 'V108', message, pointer: `${pointer}/path`, hint })
  }
  const loaded: LoadedDisk = { name: disk.name, source, sizeBytes, uses: [{ identity, writes, field: 'path' }] }
  if (disk.overlay === false) return loaded
  if (disk.overlay === true) return { ...loaded, overlay: true }
  const overlay = resolve(directory, disk.overlay)
  const there = await readOverlay(overlay, disk, image, `${pointer}/overlay`, problems)
  const use = { identity: there ?? overlay, writes: true, field: 'overlay' as const }
  return { ...loaded, overlay, uses: [...loaded.uses, use] }
}

/** The identity of an overlay that is there and fits. */
async function readOverlay(
  path: string,
  disk: ImageSpec,
  image: OpenDisk,
  pointer: string,
  problems: DocumentProblem[],
): Promise<string | undefined> {
  const reference = String(disk.overlay)
  if (!(await exists(path))) {
    if (await isWritable(dirname(path))) return undefined
    const message = `${reference} cannot be made: its directory is missing or may not be written by this user`
    problems.push({ code: 'V106', message, pointer, hint: `it would be ${path}` })
    return undefined
  }
  const file = await lookAt(path, reference, pointer, problems, async (open) => {
    // One that is none yet is made at the start.
    if (await isUnmade(open.handle, image.sizeBytes)) return
    await checkOverlay(open, image, { overlay: reference, image: disk.path })
  })
  if (file !== undefined && !(await opensForWriting(path))) {
    problems.push({ code: 'V107', message: `${reference} may not be written by this user`, pointer })
  }
  return file?.identity
}

async function lookAt(
  path: string,
  reference: string,
  pointer: string,
  problems: DocumentProblem[],
  check?: (open: OpenDisk) => Promise<void>,
): Promise<OpenDisk | undefined> {
  let open: OpenDisk | undefined
  try {
    open = await openDisk(path, reference, 'read')
    await check?.(open)
    return open
  } catch (error) {
    if (!(error instanceof VoltError)) throw error
    const code = error.code === 'DISK_INVALID' ? 'V109' : 'V106'
    const hint = error.hint === undefined ? {} : { hint: error.hint }
    problems.push({ code, message: error.message, pointer, ...hint })
    return undefined
  } finally {
    await open?.handle.close()
  }
}

async function opensForWriting(path: string): Promise<boolean> {
  try {
    await (await openDisk(path, path, 'write')).handle.close()
    return true
  } catch (error) {
    if (error instanceof VoltError) return false
    throw error
  }
}

async function isWritable(directory: string): Promise<boolean> {
  return access(directory, constants.W_OK).then(
    () => true,
    () => false,
  )
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  )
}
