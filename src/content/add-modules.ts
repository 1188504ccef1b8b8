// Modules in the tree that an initrd is made from: their files, and a list of them in the order to load them.
import { ContentError } from './content-error.ts'
import type { LoadableModule } from './module-closure.ts'
import { sortTree, type Tree, type TreeEntry } from './tree.ts'

/** Lines of paths relative to the list's directory, lib/modules/RELEASE. */
const ORDER_FILE = 'modules.volt'
const [DIRECTORY_MODE, FILE_MODE] = [0o755, 0o644]
/** As distributions have it. */
const MERGED_LIB = /^\/?usr\/lib\/?$/

/** `release` is as `uname -r` says it, `reference` the directory as the user wrote it. Throws ContentError where something is in the way. */
export function addModules(tree: Tree, modules: readonly LoadableModule[], release: string, reference: string): Tree {
  const there = new Map(tree.map((entry) => [entry.path, entry]))
  const lib = there.get('lib')
  const isMerged = lib?.kind === 'symlink' && MERGED_LIB.test(lib.target)
  const root = `${isMerged ? 'usr/lib' : 'lib'}/modules/${release}`
  const order = Buffer.from(modules.map(({ path }) => `${path}\n`).join(''))
  const files = [...modules, { path: ORDER_FILE, bytes: order }].map(({ path, bytes }) =>
    fileOf(`${root}/${path}`, bytes),
  )
  const added = new Map<string, TreeEntry>()
  for (const file of files) {
    for (const path of parentsOf(file.path)) {
      const found = there.get(path)
      if (found === undefined) added.set(path, { ...OWNED, path, kind: 'directory', mode: DIRECTORY_MODE })
      else if (found.kind !== 'directory') throw inTheWay(reference, found)
    }
    const found = there.get(file.path)
    if (found !== undefined) throw inTheWay(reference, found)
    added.set(file.path, file)
  }
  return sortTree([...tree, ...added.values()])
}

const OWNED = { uid: 0, gid: 0, mtime: 0 }

function fileOf(path: string, content: Buffer): TreeEntry {
  return { ...OWNED, path, kind: 'file', mode: FILE_MODE, bytes: { source: path, size: content.length, content } }
}

/** `a`, `a/b` of `a/b/c`. */
function parentsOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

function inTheWay(reference: string, { path, kind }: TreeEntry): ContentError {
  const what = kind === 'symlink' ? 'a symlink' : kind === 'file' ? 'a file' : `a ${kind}`
  const hint = 'Volt puts the modules of `modules` into lib/modules there: take it out of the directory'
  return new ContentError('unfit', `${path} in ${reference} is ${what} where modules are to be`, hint)
}
