// An image of containers as an OCI layout (OCI image specification, image-layout.md): a directory of blobs by their digests.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  descriptorOf,
  diffIdsOf,
  listOf,
  parseDocument,
  readDocument,
  sha256Of,
  type Descriptor,
  type ImageLayer,
} from './container-image.ts'
import { ContentError } from './content-error.ts'

export interface OciImage {
  /** Of the manifest, which has those of all else: SHA-256 in lower-case hex. */
  sha256: string
  layers: ImageLayer[]
}

const REF_NAME = 'org.opencontainers.image.ref.name'
/** An index may lead to others. */
const INDEX_DEPTH_MAX = 4

/** `reference` is what the user wrote. Reads documents and no layer. Throws ContentError. */
export async function readOciLayout(directory: string, reference: string, ref?: string): Promise<OciImage> {
  const layout = parseDocument(await readDocument(join(directory, 'oci-layout'), `${reference}/oci-layout`), `${reference}/oci-layout`) // prettier-ignore
  const version = layout['imageLayoutVersion']
  if (typeof version !== 'string' || !/^1\./.test(version))
    throw new ContentError('unfit', `${reference} is no OCI layout of version 1`)
  const what = `${reference}/index.json`
  const index = manifestsOf(await readDocument(join(directory, 'index.json'), what), what)
  return readImage(directory, reference, choose(named(index, reference, ref), what))
}

async function readImage(directory: string, reference: string, first: Descriptor): Promise<OciImage> {
  let chosen = first
  for (let depth = 0; depth < INDEX_DEPTH_MAX; depth++) {
    const what = `manifest ${short(chosen)} of ${reference}`
    const text = await readBlob(directory, chosen, what)
    if (!isIndex(chosen, text, what)) return readManifest(directory, reference, chosen, text)
    chosen = choose(manifestsOf(text, what), what)
  }
  throw new ContentError('unfit', `${reference} has indices that lead to more than ${INDEX_DEPTH_MAX} others`)
}

async function readManifest(
  directory: string,
  reference: string,
  { sha256 }: Descriptor,
  text: Buffer,
): Promise<OciImage> {
  const manifest = parseDocument(text, `the manifest of ${reference}`)
  const packed = listOf(manifest['layers'], `layers of ${reference}`).map((layer, index) =>
    descriptorOf(layer, `layer ${index + 1} of ${reference}`),
  )
  const what = `the configuration of ${reference}`
  const config = parseDocument(await readBlob(directory, descriptorOf(manifest['config'], what), what), what)
  const diffIds = diffIdsOf(config, packed.length, reference)
  const layers = packed.map((layer, index): ImageLayer => {
    return { file: blobAt(directory, layer), size: layer.size, sha256: layer.sha256, diffId: diffIds[index] ?? '' }
  })
  for (const [index, { file, size }] of layers.entries()) {
    const found = await stat(file).catch(() => undefined)
    const layer = `layer ${index + 1} of ${reference}`
    if (found === undefined) throw new ContentError('unfit', `${layer} is not there`, `looked for ${file}`)
    if (!found.isFile() || found.size !== size) throw new ContentError('unfit', `${layer} has not the ${size} bytes that the manifest says`) // prettier-ignore
  }
  return { sha256, layers }
}

async function readBlob(directory: string, descriptor: Descriptor, what: string): Promise<Buffer> {
  const text = await readDocument(blobAt(directory, descriptor), what)
  if (text.length === descriptor.size && sha256Of(text) === descriptor.sha256) return text
  throw new ContentError('unfit', `${what} is not what its digest says`, 'copy or save the image again')
}

function manifestsOf(text: Buffer, what: string): Descriptor[] {
  const { manifests } = parseDocument(text, what)
  return listOf(manifests, `manifests of ${what}`).map((entry, index) =>
    descriptorOf(entry, `manifests[${index}] of ${what}`),
  )
}

function named(index: Descriptor[], reference: string, ref: string | undefined): Descriptor[] {
  if (ref === undefined) return index
  const found = index.filter(({ annotations }) => annotations[REF_NAME] === ref)
  if (found.length > 0) return found
  const names = index.map(({ annotations }) => annotations[REF_NAME]).filter((name) => typeof name === 'string')
  const hint = names.length > 0 ? `it has ${names.slice(0, 8).join(', ')}` : 'its images have no names: leave ref out'
  throw new ContentError('unfit', `${reference} has no image ${ref}`, hint)
}

/** The only one, or the only one for a machine. */
function choose(found: Descriptor[], what: string): Descriptor {
  const fit = found.filter(({ platform }) => platform?.os === 'linux' && platform.architecture === 'amd64')
  const candidates = found.length === 1 && found[0]?.platform === undefined ? found : fit.length > 0 ? fit : found.filter(({ platform }) => platform === undefined) // prettier-ignore
  const [only] = candidates
  if (only !== undefined && candidates.length === 1) return only
  if (only === undefined) throw new ContentError('unfit', `${what} has no image for linux/amd64`)
  const names = candidates.map(({ annotations }) => annotations[REF_NAME]).filter((name) => typeof name === 'string')
  throw new ContentError(
    'unfit',
    `${what} has ${candidates.length} images`,
    `say which by ref: ${names.slice(0, 8).join(', ')}`,
  )
}

/** Those of Docker's registry are named otherwise. */
function isIndex({ mediaType }: Descriptor, text: Buffer, what: string): boolean {
  return /index|manifest\.list/.test(mediaType) || 'manifests' in parseDocument(text, what)
}

function blobAt(directory: string, { sha256 }: Descriptor): string {
  return join(directory, 'blobs', 'sha256', sha256)
}

function short({ sha256 }: Descriptor): string {
  return sha256.slice(0, 12)
}
