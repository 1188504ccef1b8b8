// Layers of an image of containers, one over the other: a tree in memory, where no name is ever one on the host. Symlinks
// are followed inside it alone, as a container's runtime would in the container's root.
import { ContentError } from './content-error.ts'
import type { TarMember } from './tar-members.ts'
import { ENTRIES_MAX, PATH_BYTES_MAX, sortTree, type FileBytes, type Tree, type TreeEntry } from './tree.ts'

/** OCI image specification, layer.md. */
const WHITEOUT = '.wh.'
const OPAQUE = '.wh..wh..opq'
const RESERVED = '.wh..wh.'
/** As Linux does. */
const LINKS_FOLLOWED_MAX = 40
/** Symlinks can make names deeper than a path is long, and each member long to find. */
const DEPTH_MAX = 2048
const STEPS_MAX = 50_000_000

type Inode = TreeEntry extends infer Entry ? (Entry extends TreeEntry ? Omit<Entry, 'path'> : never) : never

interface Node {
  inode: Inode
  children: Map<string, Node>
  /** The layer that it came with. */
  layer: number
}

const IMPLICIT = { kind: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0 } as const

export class LayeredTree {
  readonly #root: Node = { inode: IMPLICIT, children: new Map(), layer: 0 }
  #layer = 0
  #made = 0
  #steps = 0
  #hidden = new Set<string>()

  /** What is added from now on lies over what there is. */
  beginLayer(): void {
    this.#layer++
    this.#hidden = new Set()
  }

  /** `bytes` are a file's. Throws ContentError for what has no place in the tree. */
  add(member: TarMember, bytes: FileBytes | undefined): void {
    const { path } = member
    // The root is the disk's own.
    if (path === '') return
    const end = path.lastIndexOf('/')
    const [directory, name] = [path.slice(0, Math.max(end, 0)), path.slice(end + 1)]
    if (name.startsWith(WHITEOUT)) return this.#hide(directory, name, path)
    const inode = this.#inodeOf(member, bytes)
    const parent = this.#enter(directory, path)
    const before = parent.children.get(name)
    if (before !== undefined && before.inode.kind === 'directory' && inode.kind === 'directory') {
      before.inode = inode
      before.layer = this.#layer
      return
    }
    parent.children.set(name, this.#newNode(inode))
  }

  tree(): Tree {
    const entries: TreeEntry[] = []
    const walk = ({ children }: Node, prefix: string): void => {
      for (const [name, node] of children) {
        const path = prefix + name
        if (path.length > PATH_BYTES_MAX)
          throw new ContentError('unfit', `a name of the image is longer than ${PATH_BYTES_MAX} bytes, by symlinks`)
        entries.push({ ...node.inode, path })
        walk(node, `${path}/`)
      }
    }
    walk(this.#root, '')
    return sortTree(entries)
  }

  #inodeOf(member: TarMember, bytes: FileBytes | undefined): Inode {
    const { kind, path, target, mode, uid, gid, mtime, major, minor } = member
    const owned = { mode, uid, gid, mtime }
    switch (kind) {
      case 'file':
        if (bytes === undefined) throw new TypeError('a file has bytes')
        return { ...owned, kind, bytes }
      case 'symlink':
        return { ...owned, kind, mode: 0o777, target }
      case 'hardlink':
        return this.#linked(target, path)
      case 'character':
      case 'block':
        return { ...owned, kind, major, minor }
      case 'directory':
      case 'fifo':
        return { ...owned, kind }
    }
  }

  #linked(target: string, path: string): Inode {
    const end = target.lastIndexOf('/')
    const parent = this.#follow(target.slice(0, Math.max(end, 0)), path)
    const found = parent?.children.get(target.slice(end + 1))
    if (found === undefined || found.inode.kind === 'directory')
      throw new ContentError('unfit', `${path} is a hard link to ${target}, which is no file there`)
    return found.inode
  }

  #hide(directory: string, name: string, path: string): void {
    const parent = this.#follow(directory, path)
    // Once is enough, and more would only take time.
    if (parent === undefined || this.#hidden.has(path)) return
    this.#hidden.add(path)
    if (name === OPAQUE) {
      for (const child of [...parent.children.keys()]) this.#hideLower(parent, child)
    } else if (!name.startsWith(RESERVED)) {
      this.#hideLower(parent, name.slice(WHITEOUT.length))
    }
  }

  /** What this layer brought stays, whichever came first in its archive. */
  #hideLower(parent: Node, name: string): void {
    const node = parent.children.get(name)
    if (node === undefined) return
    for (const child of [...node.children.keys()]) this.#hideLower(node, child)
    if (node.layer < this.#layer && node.children.size === 0) parent.children.delete(name)
  }

  /** The directory at `path`, made where it is missing. Throws ContentError. */
  #enter(path: string, member: string): Node {
    const found = this.#follow(path, member, true)
    if (found === undefined) throw new TypeError('what is missing was made')
    return found
  }

  /** Undefined where it is not there. */
  #follow(path: string, member: string, make = false): Node | undefined {
    const above: Node[] = []
    let here = this.#root
    let links = 0
    const parts = partsOf(path).reverse()
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      if (++this.#steps > STEPS_MAX) throw new ContentError('unfit', 'the image takes too long to put together')
      if (above.length > DEPTH_MAX)
        throw new ContentError('unfit', `${member} lies more than ${DEPTH_MAX} directories deep`)
      if (part === '..') {
        here = above.pop() ?? this.#root
        continue
      }
      const next: Node | undefined = here.children.get(part) ?? (make ? this.#makeIn(here, part) : undefined)
      if (next === undefined) return undefined
      const { inode } = next
      if (inode.kind === 'directory') {
        above.push(here)
        here = next
      } else if (inode.kind === 'symlink' && ++links <= LINKS_FOLLOWED_MAX) {
        if (inode.target.startsWith('/')) [here, above.length] = [this.#root, 0]
        parts.push(...partsOf(inode.target).reverse())
      } else {
        const what = inode.kind === 'symlink' ? 'symlinks that lead in a circle' : `${part}, which is no directory`
        throw new ContentError('unfit', `${member} lies below ${what}`)
      }
    }
    return here
  }

  #makeIn(parent: Node, name: string): Node {
    const made = this.#newNode(IMPLICIT)
    parent.children.set(name, made)
    return made
  }

  #newNode(inode: Inode): Node {
    if (++this.#made > ENTRIES_MAX) throw new ContentError('unfit', `the image has more than ${ENTRIES_MAX} files`)
    return { inode, children: new Map(), layer: this.#layer }
  }
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.')
}
