// A module of a stored kernel, unpacked.
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { unpack, UnpackFailure } from '../host/unpack.ts'
import { KernelError } from '../kernel/kernel-error.ts'
import type { KernelRecord } from './kernel-record.ts'
import { damagedModules, type ModuleFile } from './module-index.ts'
import { blobPath, type Store } from './store-place.ts'

/** Debian's largest, of a graphics card, has 19 MiB. */
const MODULE_BYTES_MAX = 64 * 1024 ** 2

/** At most 64 MiB. Throws STATE_INVALID where it is not what was stored, KernelError, NOT_BUILT, HOST_ERROR. */
export async function readModule(store: Store, record: KernelRecord, file: ModuleFile): Promise<Buffer> {
  const { path, offset, size, sha256, packing } = file
  if (size > MODULE_BYTES_MAX) throw new KernelError('foreign', `the module has ${size} bytes, more than Volt takes`)
  const bytes = await readPiece(blobPath(store, record.modules?.files.sha256 ?? ''), offset, size)
  if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== sha256) {
    throw damagedModules(record, `${path} is not what it was`)
  }
  return packing === undefined ? bytes : unpackModule(bytes, packing)
}

async function readPiece(path: string, offset: number, size: number): Promise<Buffer | undefined> {
  const handle = await open(path, 'r').catch(() => undefined)
  try {
    const { buffer, bytesRead } = (await handle?.read(Buffer.alloc(size), 0, size, offset)) ?? {}
    return bytesRead === size ? buffer : undefined
  } finally {
    await handle?.close()
  }
}

async function unpackModule(packed: Buffer, packing: string): Promise<Buffer> {
  const pieces: Buffer[] = []
  try {
    await unpack({
      words: ['stream', packing, String(MODULE_BYTES_MAX)],
      packed: Readable.from([packed]),
      take: async (unpacked) => {
        for await (const piece of unpacked) pieces.push(piece as Buffer)
      },
    })
  } catch (error) {
    if (!(error instanceof UnpackFailure)) throw error
    throw new KernelError(
      'damaged',
      `the module is damaged: ${error.message}`,
      'import the kernel again, with --replace',
    )
  }
  return Buffer.concat(pieces)
}
