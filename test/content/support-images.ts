// Images of containers, as OCI layouts and as Docker archives, right or deliberately wrong.
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildTar, type TarMember } from '../store/support/build-deb.ts'

export type Json = Record<string, unknown>

export interface ImagePlan {
  layers: readonly (readonly TarMember[] | Buffer)[]
  pack?: (tar: Buffer) => Buffer
  ref?: string
  /** What becomes of a document before it is written. */
  config?: (config: Json) => Json
  manifest?: (manifest: Json) => Json
  index?: (index: Json) => Json
}

export function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export function file(name: string, text: string, facts: Partial<TarMember> = {}): TarMember {
  return { name, content: Buffer.from(text), ...facts }
}

export const directory = (name: string, facts: Partial<TarMember> = {}): TarMember => ({ name, type: '5', mode: 0o755, ...facts }) // prettier-ignore
export const symlink = (name: string, target: string): TarMember => ({ name, type: '2', target })
export const hardlink = (name: string, target: string): TarMember => ({ name, type: '1', target })

function archives({ layers }: ImagePlan): Buffer[] {
  return layers.map((layer) => (Buffer.isBuffer(layer) ? layer : buildTar(layer as TarMember[])))
}

function configOf(plan: ImagePlan): string {
  const { config = (same) => same } = plan
  const diffIds = archives(plan).map((tar) => `sha256:${sha256(tar)}`)
  return JSON.stringify(config({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: diffIds } }))
}

/** Writes the layout; the paths of its layers. */
export async function writeOciLayout(root: string, plan: ImagePlan): Promise<string[]> {
  const { pack = (tar) => tar, ref, manifest = (same) => same, index = (same) => same } = plan
  const blobs = join(root, 'blobs/sha256')
  await mkdir(blobs, { recursive: true })
  const keep = async (content: Buffer | string, mediaType: string) => {
    await writeFile(join(blobs, sha256(content)), content)
    return { mediaType, digest: `sha256:${sha256(content)}`, size: Buffer.byteLength(content) }
  }
  const layers = []
  for (const tar of archives(plan)) layers.push(await keep(pack(tar), 'application/vnd.oci.image.layer.v1.tar'))
  const config = await keep(configOf(plan), 'application/vnd.oci.image.config.v1+json')
  const text = JSON.stringify(manifest({ schemaVersion: 2, config, layers }))
  const named = ref === undefined ? {} : { annotations: { 'org.opencontainers.image.ref.name': ref } }
  const entry = { ...(await keep(text, 'application/vnd.oci.image.manifest.v1+json')), ...named }
  await writeFile(join(root, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  await writeFile(join(root, 'index.json'), JSON.stringify(index({ schemaVersion: 2, manifests: [entry] })))
  return layers.map(({ digest }) => join(blobs, digest.slice('sha256:'.length)))
}

/** As Docker writes it. */
export function dockerArchive(plan: ImagePlan, more: readonly TarMember[] = []): Buffer {
  const { pack = (tar) => tar, ref = 'web:1', manifest = (same) => same } = plan
  const config = configOf(plan)
  const layers = archives(plan).map((tar): TarMember => ({ name: `${sha256(tar)}/layer.tar`, content: pack(tar) }))
  const entry = manifest({ Config: `${sha256(config)}.json`, RepoTags: [ref], Layers: layers.map(({ name }) => name) })
  return buildTar([...layers, file(`${sha256(config)}.json`, config), ...more, file('manifest.json', JSON.stringify([entry]))]) // prettier-ignore
}
