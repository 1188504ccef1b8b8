// An ext4 file system in a file, with a tree in it: the same bytes for the same tree, size and version of e2fsprogs.
import { open, truncate } from 'node:fs/promises'
import { VoltError } from '../volt-error.ts'
import { ContentError } from './content-error.ts'
import { debugfsScript } from './debugfs-script.ts'
import { BLOCK_BYTES, INODE_BYTES, spaceOf, type DiskSpace } from './disk-space.ts'
import { runTool, type E2fsTools } from './e2fs-tools.ts'
import type { Tree } from './tree.ts'

export interface Ext4Request {
  tools: E2fsTools
  tree: Tree
  sizeBytes: number
  /** 64 hexadecimal digits, of which the file system's UUIDs are made. */
  identity: string
  signal?: AbortSignal
}

const MIB = 1024 ** 2
/** As mke2fs.conf has it for ext4 of e2fsprogs 1.47, written down so that no host decides. */
const FEATURES =
  'none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum'
const BYTES_PER_INODE = 16384
/** For what a guest adds to a tree of many small files. */
const SPARE_INODES = 1024
const TRIES = 12
const SUPERBLOCK = 1024

/** `path` is a file that is there. Throws ContentError, with the size that would do where this one is too small. */
export async function makeExt4(path: string, request: Ext4Request): Promise<void> {
  const { tree, sizeBytes, tools, signal } = request
  const wanted = spaceOf(tree)
  if (lackOf(await makeEmpty(path, sizeBytes, wanted, request), wanted) > 0) {
    throw tooSmall(await sizeFor(path, wanted, request))
  }
  const words = ['-w', '-f', '-', path]
  const { code, stderr } = await runTool(tools.debugfs, words, {
    input: debugfsScript(tree),
    ...(signal && { signal }),
  })
  // It goes on after an error and ends with 0.
  const said = stderr.split('\n').filter((text) => text !== '' && !/^debugfs \d/.test(text))
  if (code === 0 && said.length === 0) return
  if (said.some((text) => /Could not allocate/.test(text))) throw tooSmall(Math.ceil(sizeBytes * 1.25))
  throw new VoltError('HOST_ERROR', `debugfs failed: ${said[0] ?? `it ended with ${code}`}`)
}

/** What is free then. */
async function makeEmpty(
  path: string,
  sizeBytes: number,
  { inodes }: DiskSpace,
  { tools, identity, signal }: Ext4Request,
): Promise<DiskSpace> {
  const [uuid, seed] = [uuidOf(identity.slice(0, 32)), uuidOf(identity.slice(32))]
  await truncate(path, 0)
  await truncate(path, sizeBytes)
  const count = Math.max(Math.ceil(sizeBytes / BYTES_PER_INODE), inodes + SPARE_INODES)
  const extended = `hash_seed=${seed},root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0`
  const words = ['-q', '-F', '-t', 'ext4', '-O', FEATURES, '-b', BLOCK_BYTES, '-I', INODE_BYTES, '-N', count, '-m', 0]
  const { code, stderr } = await runTool(tools.mke2fs, [...words.map(String), '-U', uuid, '-E', extended, path], {
    ...(signal && { signal }),
  })
  if (code === 0) return readFree(path)
  // So small that not even the empty file system fits.
  if (/inode|small|size/i.test(stderr)) return { blocks: 0, inodes: 0 }
  throw new VoltError('HOST_ERROR', `mke2fs failed: ${stderr.trim().split('\n').at(-1) ?? `it ended with ${code}`}`)
}

/** Of the superblock: struct ext4_super_block, little-endian. */
async function readFree(path: string): Promise<DiskSpace> {
  const handle = await open(path, 'r')
  try {
    const { buffer } = await handle.read(Buffer.alloc(SUPERBLOCK), 0, SUPERBLOCK, SUPERBLOCK)
    const blocks = buffer.readUInt32LE(0xc) + buffer.readUInt32LE(0x158) * 2 ** 32
    return { blocks, inodes: buffer.readUInt32LE(0x10) }
  } finally {
    await handle.close()
  }
}

/** Blocks that are wanted beyond those that are free. mke2fs was told how many inodes there are to be. */
function lackOf(free: DiskSpace, wanted: DiskSpace): number {
  return wanted.blocks - free.blocks
}

/** Bytes of a file system, in whole MiB, that the tree fits. */
async function sizeFor(path: string, wanted: DiskSpace, request: Ext4Request): Promise<number> {
  let size = roundUp(Math.max(request.sizeBytes, wanted.blocks * BLOCK_BYTES), MIB)
  for (let tries = 0; tries < TRIES; tries++) {
    const lack = lackOf(await makeEmpty(path, size, wanted, request), wanted)
    if (lack <= 0) return size
    size = roundUp(size + lack * BLOCK_BYTES, MIB)
  }
  return size
}

function tooSmall(bytes: number): ContentError {
  const needed = `${Math.ceil(bytes / MIB)}MiB`
  return new ContentError(
    'small',
    `what is to be on the disk needs ${needed}`,
    `size: ${needed} has room for that and little else`,
  )
}

function roundUp(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit) * unit
}

/** Version 8, of any 122 bits (RFC 9562). */
function uuidOf(hex: string): string {
  const digits = `${hex.slice(0, 12)}8${hex.slice(13, 16)}a${hex.slice(17)}`
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
