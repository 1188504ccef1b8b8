// What a tree takes on an ext4 file system.
import type { FileBytes, Tree } from './tree.ts'

export const BLOCK_BYTES = 4096
export const INODE_BYTES = 256
/** Those that ext4 keeps for itself, before the first of a tree. */
const RESERVED_INODES = 11
/** A symlink's target that is longer has a block. */
const INLINE_TARGET_BYTES = 59
/** An inode's own extents; a file with holes may need more of them, in blocks of this many. */
const EXTENTS_INLINE = 4
const EXTENTS_IN_BLOCK = 340
/** A directory entry's head, and what a block keeps for its checksum. */
const ENTRY_BYTES = 8
const BLOCK_TAIL_BYTES = 12

export interface DiskSpace {
  blocks: number
  inodes: number
}

/** At most what it takes: holes may leave blocks free. */
export function spaceOf(tree: Tree): DiskSpace {
  const files = new Set<FileBytes>()
  const directories = new Map<string, number>([['', 0]])
  const space = { blocks: 0, inodes: RESERVED_INODES }
  for (const entry of tree) {
    const { path } = entry
    const parent = path.slice(0, Math.max(path.lastIndexOf('/'), 0))
    const name = Buffer.byteLength(path) - (parent === '' ? 0 : Buffer.byteLength(parent) + 1)
    directories.set(parent, (directories.get(parent) ?? 0) + Math.ceil((ENTRY_BYTES + name) / 4) * 4)
    if (entry.kind === 'directory') directories.set(path, directories.get(path) ?? 0)
    if (entry.kind === 'symlink' && Buffer.byteLength(entry.target) > INLINE_TARGET_BYTES) space.blocks++
    if (entry.kind === 'file') {
      if (files.has(entry.bytes)) continue
      files.add(entry.bytes)
      space.blocks += fileBlocks(entry.bytes.size)
    }
    space.inodes++
  }
  // The largest entry may not fit what is left of a block.
  for (const bytes of directories.values()) {
    space.blocks += Math.max(1, Math.ceil(bytes / (BLOCK_BYTES - BLOCK_TAIL_BYTES - ENTRY_BYTES - 256)))
  }
  return space
}

function fileBlocks(bytes: number): number {
  const blocks = Math.ceil(bytes / BLOCK_BYTES)
  return blocks > 2 * EXTENTS_INLINE ? blocks + Math.ceil(blocks / 2 / EXTENTS_IN_BLOCK) : blocks
}
