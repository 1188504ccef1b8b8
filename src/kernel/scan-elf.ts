// What an uncompressed Linux kernel says of itself in its data: its banner (init/version.c) and, where IKCONFIG is built
// in, its configuration (kernel/configs.c).
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { ByteReader } from './byte-reader.ts'
import type { KernelConfig, KernelSegment } from './image.ts'
import { CONFIG_BYTES_MAX, parseKernelConfig } from './kernel-config.ts'

export interface ElfFindings {
  version?: string
  config?: KernelConfig
}

const CHUNK_BYTES = 1024 * 1024
/** A vmlinux has some 50 MiB to load; what lies behind is an initramfs or no kernel. */
const SCAN_BYTES_MAX = 256 * 1024 * 1024
/** As long as the longest thing looked for in a chunk: what begins in one chunk is whole with the head of the next. */
const OVERLAP_BYTES = 128
/** The marker and the beginning of a gzip file. */
const CONFIG_START = Buffer.from('IKCFG_ST\x1f\x8b\x08', 'latin1')
const CONFIG_END = 'IKCFG_ED'
const MARKER_BYTES = 8
const COMPRESSED_MAX = 512 * 1024
const BANNER = 'Linux version '

/** The same as text: what the configuration says is not read yet. */
export interface ElfTexts {
  version?: string
  config?: string
}

/** What IKCONFIG is called where a configuration's source is said. */
export const IKCONFIG = 'IKCONFIG'

/** Reads the segments' bytes once, up to a bound. Never throws for what they hold; an image without either is no error. */
export async function scanElf(reader: ByteReader, segments: readonly KernelSegment[]): Promise<ElfFindings> {
  const { version, config: text } = await scanElfTexts(reader, segments)
  const config = text === undefined ? undefined : parseKernelConfig(text, IKCONFIG)
  return { ...(version !== undefined && { version }), ...(config !== undefined && { config }) }
}

/** As scanElf. */
export async function scanElfTexts(reader: ByteReader, segments: readonly KernelSegment[]): Promise<ElfTexts> {
  const found: ElfTexts = {}
  let left = SCAN_BYTES_MAX
  for (const { fileOffset, fileSize } of segments) {
    const end = fileOffset + Math.min(fileSize, left)
    left -= end - fileOffset
    for (let offset = fileOffset; offset < end && !isComplete(found); offset += CHUNK_BYTES) {
      await scanChunk(reader, offset, Math.min(CHUNK_BYTES + OVERLAP_BYTES, end - offset), found)
    }
  }
  return found
}

function isComplete({ version, config }: ElfTexts): boolean {
  return version !== undefined && config !== undefined
}

async function scanChunk(reader: ByteReader, offset: number, length: number, found: ElfTexts): Promise<void> {
  const view = await reader.read(offset, length, 'segments')
  const bytes = Buffer.from(view.buffer, view.byteOffset, length)
  if (found.version === undefined) {
    const version = versionIn(bytes)
    if (version !== undefined) found.version = version
  }
  const start = found.config === undefined ? bytes.indexOf(CONFIG_START) : -1
  if (start !== -1) {
    const config = await configAt(reader, offset + start + MARKER_BYTES)
    if (config !== undefined) found.config = config
  }
}

/** The release behind the banner: `6.1.0-37-amd64`. */
function versionIn(bytes: Buffer): string | undefined {
  for (let at = bytes.indexOf(BANNER); at !== -1; at = bytes.indexOf(BANNER, at + 1)) {
    const text = bytes.toString('latin1', at + BANNER.length, at + OVERLAP_BYTES)
    const version = /^(\d[\x21-\x7e]{0,63}) \(/.exec(text)?.[1]
    if (version !== undefined) return version
  }
  return undefined
}

async function configAt(reader: ByteReader, offset: number): Promise<string | undefined> {
  const length = Math.min(COMPRESSED_MAX, reader.size - offset)
  const view = await reader.read(offset, length, 'built-in configuration')
  const bytes = Buffer.from(view.buffer, view.byteOffset, length)
  const end = bytes.indexOf(CONFIG_END)
  if (end === -1) return undefined
  try {
    const unpacked = await promisify(gunzip)(bytes.subarray(0, end), { maxOutputLength: CONFIG_BYTES_MAX })
    const text = unpacked.toString('latin1')
    return parseKernelConfig(text, IKCONFIG) === undefined ? undefined : text
  } catch {
    return undefined
  }
}
