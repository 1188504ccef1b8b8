// Unpacks the layers of an image into a tree, and the bytes of its files into a directory by number.
import { createHash, type Hash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { hashFile } from '../kernel/hash-file.ts'
import type { ImageLayer } from './container-image.ts'
import { ContentError } from './content-error.ts'
import type { TreeRequest } from './disk-content.ts'
import { LayeredTree } from './layered-tree.ts'
import { openFile } from './open-file.ts'
import { readArchive } from './read-archive.ts'
import { readTar, type TarMember } from './tar-members.ts'
import type { FileBytes, Tree } from './tree.ts'

/** What layers may unpack to, by the disk: files are replaced by those of layers above, and headers are no content. */
const DISKS_UNPACKED = 4
const BYTES_BESIDE = 64 * 1024 ** 2

/** `directory` is empty, and the caller's to remove. Throws ContentError, NOT_BUILT, HOST_ERROR. */
export async function imageTree(
  layers: readonly ImageLayer[],
  reference: string,
  { directory, sizeBytes, signal, onProgress }: TreeRequest,
): Promise<Tree> {
  const merged = new LayeredTree()
  const staging = new Staging(directory, unpackedMax(sizeBytes))
  for (const [index, layer] of layers.entries()) {
    onProgress?.(`layer ${index + 1} of ${layers.length}`)
    merged.beginLayer()
    await applyLayer(merged, staging, layer, `layer ${index + 1} of ${reference}`, signal)
  }
  return merged.tree()
}

/** Bytes. */
export function unpackedMax(sizeBytes: number): number {
  return DISKS_UNPACKED * sizeBytes + BYTES_BESIDE
}

/** Files by number, up to a limit in all. */
export class Staging {
  readonly #directory: string
  /** Of all files together, and of each archive. */
  readonly limitBytes: number
  #count = 0
  #bytes = 0

  constructor(directory: string, limitBytes: number) {
    this.#directory = directory
    this.limitBytes = limitBytes
  }

  /** Throws ContentError where it is too much. */
  async take({ size, content }: TarMember, what: string): Promise<FileBytes> {
    this.#bytes += size
    if (this.#bytes > this.limitBytes) {
      const message = `${what} unpacks to more than such a disk could hold`
      throw new ContentError('unfit', message, 'a larger disk may be made from more')
    }
    const source = join(this.#directory, String(this.#count++))
    const handle = await open(source, 'wx', 0o600)
    try {
      for await (const piece of content) await handle.writeFile(piece)
    } finally {
      await handle.close()
    }
    return { source, size }
  }
}

async function applyLayer(
  merged: LayeredTree,
  staging: Staging,
  { file, size, sha256, diffId }: ImageLayer,
  what: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (sha256 !== undefined) await requireDigest(file, size, sha256, what)
  const { limitBytes } = staging
  await readArchive({ file, what, limitBytes, ...(signal && { signal }) }, async (tar) => {
    const hash = createHash('sha256')
    const take = async (members: AsyncIterable<TarMember>): Promise<void> => {
      for await (const member of members) {
        signal?.throwIfAborted()
        merged.add(member, member.kind === 'file' ? await staging.take(member, what) : undefined)
      }
    }
    await readTar(hashed(tar, hash), what, limitBytes, take, signal)
    if (hash.digest('hex') === diffId) return
    throw new ContentError(
      'unfit',
      `${what} is not what the image's configuration says`,
      'copy or save the image again',
    )
  })
}

async function requireDigest(file: string, size: number, sha256: string, what: string): Promise<void> {
  const handle = await openFile(file, what)
  try {
    if ((await hashFile(handle, size)) === sha256) return
  } finally {
    await handle.close()
  }
  throw new ContentError('unfit', `${what} is not what its digest says`, 'copy or save the image again')
}

function hashed(tar: Readable, hash: Hash): Readable {
  return Readable.from(
    (async function* () {
      for await (const piece of tar as AsyncIterable<Buffer>) {
        hash.update(piece)
        yield piece
      }
    })(),
    { objectMode: false },
  )
}
