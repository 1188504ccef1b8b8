// A directory of the host as a tree: what a version control system keeps of it, and nothing else, so that every checkout of
// the same content is the same tree.
import type { Dirent, Stats } from 'node:fs'
import { lstat, readdir, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ContentError } from './content-error.ts'
import { ENTRIES_MAX, NAME_BYTES_MAX, PATH_BYTES_MAX, sortTree, type Tree, type TreeEntry } from './tree.ts'

const DIRECTORY_MODE = 0o755
const EXECUTABLE_MODE = 0o755
const FILE_MODE = 0o644
const OWNER_EXECUTES = 0o100

/** `reference` is what the user wrote. Reads no file's content. Throws ContentError. */
export async function readDirectory(path: string, reference: string): Promise<Tree> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => unreadable(reference, error, path))
  if (!found.isDirectory()) throw new ContentError('unfit', `${reference} is no directory`, `the path is ${path}`)
  const entries: TreeEntry[] = []
  await readInto(entries, path, '', reference)
  return sortTree(entries)
}

async function readInto(entries: TreeEntry[], directory: string, prefix: string, reference: string): Promise<void> {
  const listed = await readdir(directory, { withFileTypes: true, encoding: 'buffer' }).catch(
    (error: NodeJS.ErrnoException) => unreadable(join(reference, prefix), error, directory),
  )
  // Node's types know entries of strings only.
  for (const { name: bytes } of listed as unknown as (Omit<Dirent, 'name'> & { name: Buffer })[]) {
    const name = nameOf(bytes, join(reference, prefix))
    const path = prefix === '' ? name : `${prefix}/${name}`
    const source = join(directory, name)
    const shown = join(reference, path)
    if (entries.length >= ENTRIES_MAX)
      throw new ContentError('unfit', `${reference} has more than ${ENTRIES_MAX} files`)
    if (Buffer.byteLength(path) > PATH_BYTES_MAX)
      throw new ContentError('unfit', `${shown} is longer than ${PATH_BYTES_MAX} bytes`)
    const status = await lstat(source).catch((error: NodeJS.ErrnoException) => unreadable(shown, error, source))
    entries.push(await entryOf(path, source, status, shown))
    if (status.isDirectory()) await readInto(entries, source, path, reference)
  }
}

async function entryOf(path: string, source: string, status: Stats, shown: string): Promise<TreeEntry> {
  const owned = { path, uid: 0, gid: 0, mtime: 0 }
  if (status.isDirectory()) return { ...owned, kind: 'directory', mode: DIRECTORY_MODE }
  if (status.isFile()) {
    const mode = (status.mode & OWNER_EXECUTES) === 0 ? FILE_MODE : EXECUTABLE_MODE
    return { ...owned, kind: 'file', mode, bytes: { source, size: status.size } }
  }
  if (status.isSymbolicLink()) {
    const target = await readlink(source, 'buffer')
    return { ...owned, kind: 'symlink', mode: 0o777, target: textOf(target, `the target of the link ${shown}`) }
  }
  const mode = status.mode & 0o777
  if (status.isFIFO()) return { ...owned, kind: 'fifo', mode }
  if (status.isBlockDevice() || status.isCharacterDevice()) {
    return { ...owned, kind: status.isBlockDevice() ? 'block' : 'character', mode, ...deviceNumber(status.rdev) }
  }
  throw new ContentError('unfit', `${shown} is a socket, which only a running program can make`, 'remove it')
}

/** As Linux puts the two into one number. */
function deviceNumber(rdev: number): { major: number; minor: number } {
  const [low, high] = [rdev % 2 ** 32, Math.floor(rdev / 2 ** 32)]
  return {
    major: ((low >>> 8) & 0xfff) | (high & 0xfffff000),
    minor: (low & 0xff) | ((low >>> 12) & 0xfff00),
  }
}

function nameOf(bytes: Buffer, directory: string): string {
  const name = textOf(bytes, `a name in ${directory}`)
  if (bytes.length <= NAME_BYTES_MAX) return name
  throw new ContentError('unfit', `a name in ${directory} is longer than ${NAME_BYTES_MAX} bytes`)
}

/** Names are read by people, and pass through the languages of several tools. */
function textOf(bytes: Buffer, what: string): string {
  const text = bytes.toString('utf8')
  if (!Buffer.from(text).equals(bytes)) throw new ContentError('unfit', `${what} is not UTF-8`)
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new ContentError('unfit', `${what} has control characters`)
  return text
}

function unreadable(shown: string, { code, message }: NodeJS.ErrnoException, path: string): never {
  if (code === 'ENOENT') throw new ContentError('unfit', `${shown} is not there`, `the path is ${path}`)
  const why = code === 'EACCES' ? 'may not be read by this user' : `cannot be read: ${message}`
  throw new ContentError('unfit', `${shown} ${why}`)
}
