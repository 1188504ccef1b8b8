// What an image of containers is made of, whichever way it was stored; and what is common to reading its documents.
import { createHash } from 'node:crypto'
import { ContentError } from './content-error.ts'
import { openFile } from './open-file.ts'

export interface ImageLayer {
  /** Absolute path of its archive, packed or not. */
  file: string
  /** Of that file in bytes; and its SHA-256 in lower-case hex where the image says it. */
  size: number
  sha256?: string
  /** SHA-256 of the archive when it is unpacked. */
  diffId: string
}

export interface Descriptor {
  sha256: string
  size: number
  mediaType: string
  platform?: { os?: unknown; architecture?: unknown }
  annotations: Record<string, unknown>
}

const DOCUMENT_BYTES_MAX = 4 * 1024 ** 2
/** More than any builder makes. */
export const LAYERS_MAX = 512

type Json = Record<string, unknown>

/** A document of an image: a JSON object, or a list. `what` names it. Throws ContentError. */
export function parseDocument(text: Buffer, what: string): Json {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text))
    if (typeof value === 'object' && value !== null) return value as Json
  } catch {
    // Said below.
  }
  throw new ContentError('unfit', `${what} is no JSON document`, 'copy or save the image again')
}

/** Of at most 4 MiB. Throws ContentError. */
export async function readDocument(path: string, what: string): Promise<Buffer> {
  const handle = await openFile(path, what)
  try {
    const { size } = await handle.stat()
    if (size > DOCUMENT_BYTES_MAX) throw new ContentError('unfit', `${what} has ${size} bytes, too many for a document`)
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}

export function listOf(value: unknown, what: string): unknown[] {
  if (Array.isArray(value)) return value as unknown[]
  throw new ContentError('unfit', `${what} is no list`, 'copy or save the image again')
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** `sha256:` and 64 digits, without the former. Throws ContentError. */
export function digestOf(value: unknown, what: string): string {
  const hex = typeof value === 'string' ? /^sha256:([0-9a-f]{64})$/.exec(value)?.[1] : undefined
  if (hex !== undefined) return hex
  const shown = typeof value === 'string' ? `'${value.replace(/[^\x21-\x7e]/g, '?').slice(0, 80)}'` : 'none'
  throw new ContentError(
    'unfit',
    `${what} has a malformed digest, ${shown}`,
    'it must be sha256: and 64 hexadecimal digits',
  )
}

/** Throws ContentError. */
export function descriptorOf(value: unknown, what: string): Descriptor {
  const { digest, size, mediaType, platform, annotations } = (value ?? {}) as Json
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw new ContentError('unfit', `${what} has no size`)
  return {
    sha256: digestOf(digest, what),
    size: size as number,
    mediaType: typeof mediaType === 'string' ? mediaType : '',
    ...(typeof platform === 'object' && platform !== null && { platform }),
    annotations: (typeof annotations === 'object' ? annotations : {}) as Json,
  }
}

/** Digests of the layers by an image's configuration. Throws ContentError. */
export function diffIdsOf(config: Json, layers: number, what: string): string[] {
  const { os, architecture, rootfs } = config
  if (os !== 'linux' || architecture !== 'amd64') {
    const found = [os, architecture].map((word) => (typeof word === 'string' ? word.slice(0, 20) : 'unknown')).join('/')
    throw new ContentError('unfit', `${what} is an image for ${found}, and a machine is linux/amd64`)
  }
  const ids = listOf((rootfs as Json | undefined)?.['diff_ids'], `rootfs.diff_ids of ${what}`)
  if (ids.length !== layers || layers > LAYERS_MAX)
    throw new ContentError('unfit', `${what} has ${layers} layers and ${ids.length} digests of them`)
  return ids.map((id, index) => digestOf(id, `layer ${index + 1} of ${what}`))
}
