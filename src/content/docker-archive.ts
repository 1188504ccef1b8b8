// An image of containers as `docker save` writes it: a tar with manifest.json, the configuration, and a tar a layer.
import { join } from 'node:path/posix'
import { diffIdsOf, listOf, parseDocument, readDocument, sha256Of, type ImageLayer } from './container-image.ts'
import { ContentError } from './content-error.ts'
import { readArchive, type ArchiveRequest } from './read-archive.ts'
import type { Staging } from './image-tree.ts'
import { readTar, type TarMember } from './tar-members.ts'
import type { FileBytes } from './tree.ts'

const MANIFEST = 'manifest.json'
/** Older versions of Docker name a layer that is there already by a link. */
const LINKS_FOLLOWED_MAX = 8

type Members = ReadonlyMap<string, FileBytes | string>

/** Files go to `staging`. Throws ContentError, NOT_BUILT, HOST_ERROR. */
export async function readDockerArchive(
  request: ArchiveRequest,
  staging: Staging,
  ref: string | undefined,
): Promise<ImageLayer[]> {
  const { what } = request
  const members = await readMembers(request, staging)
  const image = chooseImage(parseDocument(await textOf(members, MANIFEST, what), `${MANIFEST} of ${what}`), what, ref)
  const config = await readConfig(members, String(image['Config']), what)
  const paths = listOf(image['Layers'], `Layers of ${what}`)
  const diffIds = diffIdsOf(config, paths.length, what)
  return paths.map((path, index) => {
    const bytes = memberAt(members, String(path), what)
    return { file: bytes.source, size: bytes.size, diffId: diffIds[index] ?? '' }
  })
}

/** By path: what a file has, or where a link leads. */
async function readMembers(request: ArchiveRequest, staging: Staging): Promise<Members> {
  const { what, limitBytes, signal } = request
  const members = new Map<string, FileBytes | string>()
  const take = async (found: AsyncIterable<TarMember>): Promise<void> => {
    for await (const member of found) {
      const { kind, path, target } = member
      if (kind === 'file') members.set(path, await staging.take(member, what))
      else if (kind === 'symlink') members.set(path, join(path, '..', target))
      else if (kind === 'hardlink') members.set(path, target)
    }
  }
  await readArchive(request, (archive) => readTar(archive, what, limitBytes, take, signal))
  return members
}

function memberAt(members: Members, path: string, what: string): FileBytes {
  let at = path
  for (let links = 0; links <= LINKS_FOLLOWED_MAX; links++) {
    const found = members.get(at)
    if (found === undefined) break
    if (typeof found !== 'string') return found
    at = found
  }
  const shown = JSON.stringify(path).slice(0, 100)
  throw new ContentError(
    'unfit',
    `${what} has no file ${shown}, which it names`,
    'is it what `docker save` wrote, and whole?',
  )
}

async function textOf(members: Members, path: string, what: string): Promise<Buffer> {
  return readDocument(memberAt(members, path, what).source, `${path} of ${what}`)
}

function chooseImage(manifest: object, what: string, ref: string | undefined): Record<string, unknown> {
  const images = listOf(manifest, `${MANIFEST} of ${what}`) as (Record<string, unknown> | null)[]
  const tagsOf = (image: Record<string, unknown> | null): unknown[] => {
    const tags = image?.['RepoTags']
    return Array.isArray(tags) ? tags : []
  }
  const found = ref === undefined ? images : images.filter((image) => tagsOf(image).includes(ref))
  const [only] = found
  if (only !== undefined && only !== null && found.length === 1) return only
  const tags = images.flatMap(tagsOf).filter((tag) => typeof tag === 'string')
  const hint = tags.length > 0 ? `it has ${tags.slice(0, 8).join(', ')}` : 'its images have no names'
  const message = ref === undefined ? `${what} has ${images.length} images` : `${what} has no image ${ref}`
  throw new ContentError('unfit', message, hint)
}

/** Its name is its digest. */
async function readConfig(members: Members, path: string, what: string): Promise<Record<string, unknown>> {
  const text = await textOf(members, path, what)
  const named = /(?:^|\/)([0-9a-f]{64})(?:\.json)?$/.exec(path)?.[1]
  if (named !== undefined && sha256Of(text) !== named)
    throw new ContentError('unfit', `the configuration of ${what} is not what its digest says`, 'save the image again')
  return parseDocument(text, `the configuration of ${what}`)
}
