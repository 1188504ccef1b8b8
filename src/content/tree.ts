// A tree of files as it will be in a guest, whatever it was read from.

interface Owned {
  /** From the tree's root, without a slash at either end; UTF-8 without control characters. */
  path: string
  /** Permissions, at most 0o7777. */
  mode: number
  uid: number
  gid: number
  /** Last change, in seconds since the epoch. */
  mtime: number
}

/** Where the bytes of a file are until they are copied. Entries that share one are links to one file. */
export interface FileBytes {
  /** Absolute path on the host; of bytes in memory what they are called. */
  source: string
  size: number
  /** Bytes in memory, which a tree for an initrd may have; they are read instead. */
  content?: Buffer
}

export type TreeEntry = Owned &
  (
    | { kind: 'directory' }
    | { kind: 'fifo' }
    | { kind: 'file'; bytes: FileBytes }
    | { kind: 'symlink'; target: string }
    | { kind: 'block' | 'character'; major: number; minor: number }
  )

/** Sorted by the bytes of their paths, so that a directory comes before what is in it; without the root itself. */
export type Tree = readonly TreeEntry[]

/** The bits of an inode's mode that say what it is. */
export const TYPE_BITS: Readonly<Record<TreeEntry['kind'], number>> = {
  fifo: 0o010000,
  character: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  file: 0o100000,
  symlink: 0o120000,
}

/** More is no root of a machine, and takes memory. */
export const ENTRIES_MAX = 1_000_000
/** Of Linux, without the byte that ends it. */
export const PATH_BYTES_MAX = 4095
export const NAME_BYTES_MAX = 255

export function sortTree(entries: Iterable<TreeEntry>): Tree {
  return [...entries]
    .map((entry) => ({ entry, bytes: Buffer.from(entry.path) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ entry }) => entry)
}
