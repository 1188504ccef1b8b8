// Reads the text of a manifest, bounded, and refuses what is not text before a parser sees it.
import { isUtf8 } from 'node:buffer'
import { constants } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { MAX_MANIFEST_BYTES } from './limits.ts'

export type SourceText =
  | { ok: true; text: string }
  /** `offset` counts UTF-16 code units in `text`, which ends where the trouble begins or soon after. */
  | { ok: false; code: string; message: string; hint?: string; text: string; offset: number }

/** Reads a regular file. Never throws for what the user can get wrong. */
export async function readSourceFile(path: string): Promise<SourceText> {
  let handle: FileHandle | undefined
  try {
    const before = await stat(path)
    if (before.isDirectory()) return refuse('V011', 'is a directory', 'name the manifest inside it')
    if (!before.isFile()) return refuse('V011', 'is not a regular file', 'use - to read standard input')
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    return decode(await readBounded(handle.createReadStream({ autoClose: false })))
  } catch (error) {
    return refuse('V011', reasonOf(error))
  } finally {
    await handle?.close()
  }
}

/** Reads a stream to its end, standard input for one. */
export async function readSourceStream(stream: Readable): Promise<SourceText> {
  try {
    return decode(await readBounded(stream))
  } catch (error) {
    return refuse('V011', reasonOf(error))
  }
}

async function readBounded(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk as Buffer))
    length += (chunk as Buffer).length
    if (length > MAX_MANIFEST_BYTES) break
  }
  return Buffer.concat(chunks)
}

function decode(bytes: Buffer): SourceText {
  if (bytes.length > MAX_MANIFEST_BYTES) {
    return refuse('V008', 'is larger than 1 MiB', 'a manifest is a few lines of YAML; is this the right file?')
  }
  if (/^(\xff\xfe|\xfe\xff)/.test(bytes.toString('latin1', 0, 2))) {
    return refuse('V012', 'is UTF-16 text', 'save it as UTF-8')
  }
  const text = bytes.toString('utf8').replace(/^\ufeff/, '')
  if (!isUtf8(bytes)) {
    return refuse('V012', 'holds bytes that are not UTF-8', 'save it as UTF-8', text, firstDamage(text, bytes))
  }
  // YAML 1.2 §5.1, c-printable, less the surrogates, which UTF-8 cannot carry.
  // eslint-disable-next-line no-control-regex -- finding control characters is the point
  const control = text.search(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/)
  if (control === -1) return { ok: true, text }
  const code = text.charCodeAt(control).toString(16).padStart(4, '0')
  return refuse('V012', `holds the control character U+${code.toUpperCase()}`, 'a manifest is text', text, control)
}

/** Where `text`, decoded from `bytes` with replacement characters, first differs from them. */
function firstDamage(text: string, bytes: Buffer): number {
  let byteOffset = bytes.toString('hex', 0, 3) === 'efbbbf' ? 3 : 0
  for (let at = text.indexOf('\ufffd'), from = 0; at !== -1; from = at, at = text.indexOf('\ufffd', at + 1)) {
    byteOffset += Buffer.byteLength(text.slice(from, at))
    if (bytes.toString('hex', byteOffset, byteOffset + 3) !== 'efbfbd') return at
  }
  return 0
}

function refuse(code: string, message: string, hint?: string, text = '', offset = 0): SourceText {
  return { ok: false, code, message, text, offset, ...(hint !== undefined && { hint }) }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'does not exist'
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user'
  return `cannot be read: ${code ?? message}`
}
