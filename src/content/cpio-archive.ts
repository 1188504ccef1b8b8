// A tree as a cpio archive in the format that Linux unpacks ("newc": buffer-format.rst, initramfs), without compression.
import { ContentError } from './content-error.ts'
import { readBytes } from './read-bytes.ts'
import { TYPE_BITS, type Tree, type TreeEntry } from './tree.ts'

const MAGIC = '070701'
const FIELDS = 13
const HEADER_BYTES = MAGIC.length + FIELDS * 8
const ALIGNMENT = 4
const TRAILER = 'TRAILER!!!'
const FILE_BYTES_MAX = 2 ** 32 - 1

/** Bytes of the whole archive. Throws ContentError for a file that the format cannot hold. */
export function cpioBytes(tree: Tree): number {
  return [...tree.map((entry) => memberBytes(entry.path, sizeOf(entry))), memberBytes(TRAILER, 0)].reduce(
    (sum, bytes) => sum + bytes,
    0,
  )
}

/** Entries are numbered in their order; a file with several names is several files. Throws ContentError. */
export async function* cpioArchive(tree: Tree): AsyncGenerator<Buffer> {
  for (const [index, entry] of tree.entries()) {
    const size = sizeOf(entry)
    yield header(entry, index + 1, size)
    if (entry.kind === 'symlink') yield Buffer.from(entry.target)
    if (entry.kind === 'file') yield* readBytes(entry.bytes)
    yield padding(size)
  }
  yield header(undefined, 0, 0)
}

function sizeOf(entry: TreeEntry): number {
  if (entry.kind === 'symlink') return Buffer.byteLength(entry.target)
  if (entry.kind !== 'file') return 0
  if (entry.bytes.size <= FILE_BYTES_MAX) return entry.bytes.size
  throw new ContentError(
    'unfit',
    `${entry.path} has ${entry.bytes.size} bytes, and a file of an initrd less than 4 GiB`,
  )
}

/** With the name and what fills it up. Undefined stands for the archive's end. */
function header(entry: TreeEntry | undefined, inode: number, size: number): Buffer {
  const name = Buffer.from(`${entry?.path ?? TRAILER}\0`)
  const device = entry?.kind === 'block' || entry?.kind === 'character' ? entry : { major: 0, minor: 0 }
  const fields = [
    inode,
    entry === undefined ? 0 : TYPE_BITS[entry.kind] | entry.mode,
    entry?.uid ?? 0,
    entry?.gid ?? 0,
    entry?.kind === 'directory' ? 2 : 1,
    entry?.mtime ?? 0,
    size,
    ...[0, 0],
    ...[device.major, device.minor],
    name.length,
    0,
  ]
  const text = MAGIC + fields.map((field) => field.toString(16).padStart(8, '0')).join('')
  return Buffer.concat([Buffer.from(text), name, padding(HEADER_BYTES + name.length)])
}

function memberBytes(name: string, size: number): number {
  return aligned(HEADER_BYTES + Buffer.byteLength(name) + 1) + aligned(size)
}

function padding(bytes: number): Buffer {
  return Buffer.alloc(aligned(bytes) - bytes)
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}
