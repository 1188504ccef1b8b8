// Disks from images of containers.
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { hashFile } from '../kernel/hash-file.ts'
import { temporaryName } from '../state/write-atomic.ts'
import { sha256Of } from './container-image.ts'
import { ContentError } from './content-error.ts'
import { changed } from './read-bytes.ts'
import type { DiskContent, TreeRequest } from './disk-content.ts'
import { readDockerArchive } from './docker-archive.ts'
import { imageTree, Staging, unpackedMax } from './image-tree.ts'
import { readOciLayout } from './oci-layout.ts'
import { openFile } from './open-file.ts'

/** `reference` is what the user wrote. Reads documents and no layer. Throws ContentError. */
export async function ociContent(path: string, reference: string, ref?: string): Promise<DiskContent> {
  const { sha256, layers } = await readOciLayout(path, reference, ref)
  return {
    digest: () => Promise.resolve(sha256),
    withTree: (request, use) =>
      withStaging(request, async (directory) => use(await imageTree(layers, reference, { ...request, directory }))),
    // Each layer was what its digest says.
    verify: () => Promise.resolve(),
  }
}

/** As ociContent; the archive is not looked into before its tree is asked for. */
export async function dockerContent(path: string, reference: string, ref?: string): Promise<DiskContent> {
  const found = await stat(path).catch(({ message }: Error) => {
    throw new ContentError('unfit', `${reference} cannot be read: ${message}`, `the path is ${path}`)
  })
  if (!found.isFile()) throw new ContentError('unfit', `${reference} is no file`, `the path is ${path}`)
  const digest = () => archiveDigest(path, ref)
  return {
    digest,
    withTree: (request, use) =>
      withStaging(request, async (directory) => {
        const { sizeBytes, signal } = request
        const limitBytes = unpackedMax(sizeBytes)
        await mkdir(join(directory, 'archive'))
        await mkdir(join(directory, 'files'))
        const staging = new Staging(join(directory, 'archive'), limitBytes)
        const archive = { file: path, what: reference, limitBytes, ...(signal && { signal }) }
        const layers = await readDockerArchive(archive, staging, ref)
        return use(await imageTree(layers, reference, { ...request, directory: join(directory, 'files') }))
      }),
    async verify(_, expected) {
      if ((await digest()) !== expected) throw changed(reference)
    },
  }
}

async function archiveDigest(path: string, ref = ''): Promise<string> {
  const handle = await openFile(path, path)
  try {
    const { size } = await handle.stat()
    const sha256 = await hashFile(handle, size)
    return ref === '' ? sha256 : sha256Of(Buffer.from(JSON.stringify([sha256, ref])))
  } finally {
    await handle.close()
  }
}

/** A directory that is gone afterwards; of a process that was killed, with the next build. */
async function withStaging<T>({ directory }: TreeRequest, body: (directory: string) => Promise<T>): Promise<T> {
  const path = join(directory, temporaryName('staging'))
  await mkdir(path, { mode: 0o700 })
  try {
    return await body(path)
  } finally {
    await rm(path, { recursive: true, force: true })
  }
}
