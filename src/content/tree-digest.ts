// What a tree is, as a digest: names, owners, modes, times, links and every byte.
import { createHash } from 'node:crypto'
import { readBytes } from './read-bytes.ts'
import type { FileBytes, Tree } from './tree.ts'

/** SHA-256 in lower-case hex. Reads every file. Throws ContentError. */
export async function treeDigest(tree: Tree, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  const first = new Map<FileBytes, string>()
  for (const entry of tree) {
    signal?.throwIfAborted()
    const { path, kind, mode, uid, gid, mtime } = entry
    const facts: unknown[] = [path, kind, mode, uid, gid, mtime]
    if (entry.kind === 'symlink') facts.push(entry.target)
    if (entry.kind === 'block' || entry.kind === 'character') facts.push(entry.major, entry.minor)
    const linked = entry.kind === 'file' ? first.get(entry.bytes) : undefined
    if (entry.kind === 'file') facts.push(linked ?? entry.bytes.size)
    // A line each, which no name can end.
    hash.update(JSON.stringify(facts) + '\n')
    if (entry.kind !== 'file' || linked !== undefined) continue
    first.set(entry.bytes, path)
    for await (const piece of readBytes(entry.bytes)) hash.update(piece)
  }
  return hash.digest('hex')
}
