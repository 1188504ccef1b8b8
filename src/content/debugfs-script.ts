// A tree as commands of debugfs(8), which writes into a file system as any user: owners, modes and devices need no root, and
// no name of the tree is ever a name on the host.
import { ContentError } from './content-error.ts'
import { FIXED_TIME } from './e2fs-tools.ts'
import { TYPE_BITS, type FileBytes, type Tree, type TreeEntry } from './tree.ts'

/** Of debugfs, which cuts longer ones in two. */
const LINE_BYTES_MAX = 8000

/** Lines. Into a file system that mke2fs made. Throws ContentError for what a command cannot say. */
export function* debugfsScript(tree: Tree): Generator<string> {
  const links = new Map<FileBytes, { first: string; count: number }>()
  yield 'rmdir /lost+found'
  for (const entry of tree) {
    const path = `/${entry.path}`
    if (entry.kind === 'file') {
      const known = links.get(entry.bytes)
      if (known !== undefined) {
        known.count++
        yield line('ln', known.first, path)
        continue
      }
      links.set(entry.bytes, { first: path, count: 1 })
    }
    yield* making(entry, path)
    yield* setting(entry, path)
  }
  for (const { first, count } of links.values()) if (count > 1) yield line('sif', first, 'links_count', count)
}

function* making(entry: TreeEntry, path: string): Generator<string> {
  if (entry.kind === 'directory') yield line('mkdir', path)
  else if (entry.kind === 'file') yield line('write', entry.bytes.source, path)
  else if (entry.kind === 'symlink') yield line('symlink', path, entry.target)
  else yield* makingNode(entry, path)
}

function* makingNode(
  entry: Exclude<TreeEntry, { kind: 'directory' | 'file' | 'symlink' }>,
  path: string,
): Generator<string> {
  // mknod takes a name in the directory where debugfs is.
  const end = path.lastIndexOf('/')
  yield line('cd', path.slice(0, end) || '/')
  const name = path.slice(end + 1)
  if ('major' in entry) yield line('mknod', name, entry.kind === 'block' ? 'b' : 'c', entry.major, entry.minor)
  else yield line('mknod', name, 'p')
  // To other commands `/name` is in the directory where debugfs is.
  yield 'cd /'
}

/** What is not as debugfs makes it. A file's mode is that of its bytes on the host, so it is always said. */
function* setting(entry: TreeEntry, path: string): Generator<string> {
  const { kind, mode, uid, gid, mtime } = entry
  const made = kind === 'directory' ? 0o755 : kind === 'symlink' ? 0o777 : undefined
  if (mode !== made) yield line('sif', path, 'mode', `0${(TYPE_BITS[kind] | mode).toString(8)}`)
  if (uid !== 0) yield line('sif', path, 'uid', uid)
  if (gid !== 0) yield line('sif', path, 'gid', gid)
  if (mtime > FIXED_TIME) yield line('sif', path, 'mtime', `@${mtime}`)
}

function line(command: string, ...words: (string | number)[]): string {
  const text = [command, ...words.map((word) => (typeof word === 'number' ? String(word) : quoted(word)))].join(' ')
  // A new line could be a command of the shell's (`!`): libss, debugfs's reader of lines, runs those.
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(text))
    throw new ContentError(
      'unfit',
      `${String(words.find((word) => typeof word === 'string'))} has control characters in its name`,
    )
  if (Buffer.byteLength(text) > LINE_BYTES_MAX) throw new ContentError('unfit', `${String(words[0])} is too long`)
  return text
}

/** A quote in quotes is written twice. */
function quoted(word: string): string {
  return `"${word.replaceAll('"', '""')}"`
}
