// Opens the files of disks: images that must be there, overlays that may be new, and files without a name.
import { randomUUID } from 'node:crypto'
import { constants, type BigIntStats } from 'node:fs'
import { open, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { notRegular, openFailure } from '../kernel/open-failure.ts'
import { VoltError } from '../volt-error.ts'

export interface OpenDisk {
  /** The caller closes it. Blocking, as the engine wants it. */
  handle: FileHandle
  sizeBytes: number
  /** The same for every path to the file. */
  identity: string
  /** Last write, and where the file system knows it the making of the file, 0 otherwise; since the epoch. */
  modifiedNs: bigint
  bornNs: bigint
}

/** Where files without a name go: on a disk, which /tmp need not be. */
const TEMPORARY = '/var/tmp'

/**
 * `reference` is what the user wrote, for messages. Throws FILE_UNREADABLE: missing, not permitted, or no regular file. A
 * device or FIFO is never opened: that may block or have effects.
 */
export async function openDisk(path: string, reference: string, access: 'read' | 'write'): Promise<OpenDisk> {
  let handle: FileHandle | undefined
  try {
    const found = await stat(path)
    if (!found.isFile()) throw notRegular(reference, found.isDirectory())
    handle = await open(path, access === 'write' ? constants.O_RDWR : constants.O_RDONLY)
    const status = await handle.stat({ bigint: true })
    if (!status.isFile()) throw notRegular(reference, status.isDirectory())
    return describe(handle, status)
  } catch (error) {
    await handle?.close()
    if (error instanceof VoltError) throw error
    throw openFailure(reference, path, error as NodeJS.ErrnoException, access === 'write' ? 'written' : 'read')
  }
}

/** For reading and writing; a new file is empty and this user's alone. Throws FILE_UNREADABLE. */
export async function openOrMakeFile(path: string): Promise<OpenDisk> {
  try {
    const made = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600)
    return describe(made, await made.stat({ bigint: true }))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return openDisk(path, path, 'write')
    throw openFailure(path, path, error as NodeJS.ErrnoException, 'written')
  }
}

/** An empty file without a name in TMPDIR or /var/tmp, gone when it is closed. Throws FILE_UNREADABLE. */
export async function temporaryFile(prefix: string): Promise<FileHandle> {
  const path = temporaryPath(prefix)
  const { handle } = await openOrMakeFile(path)
  await rm(path, { force: true })
  return handle
}

/** Of a file that nobody has made yet, in TMPDIR or /var/tmp. */
export function temporaryPath(prefix: string): string {
  return join(process.env['TMPDIR'] || TEMPORARY, `${prefix}-${randomUUID()}`)
}

function describe(handle: FileHandle, status: BigIntStats): OpenDisk {
  const { mtimeNs: modifiedNs, birthtimeNs: bornNs } = status
  return { handle, sizeBytes: Number(status.size), identity: identityOf(status), modifiedNs, bornNs }
}

/** Of exact numbers: inodes of some file systems have 64 bits. */
export function identityOf({ dev, ino }: Pick<BigIntStats, 'dev' | 'ino'>): string {
  return `${dev}:${ino}`
}
