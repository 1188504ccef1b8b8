// What a disk is made from, whatever kind of source that is.
import type { Tree } from './tree.ts'

export interface TreeRequest {
  /** Where files may be put meanwhile; they are gone afterwards. */
  directory: string
  /** Of the disk: more need not be unpacked. */
  sizeBytes: number
  signal?: AbortSignal
  /** Says how far it is: `layer 2 of 5`. */
  onProgress?: (text: string) => void
}

export interface DiskContent {
  /** Of all that the tree follows from: SHA-256 in lower-case hex. Throws ContentError. */
  digest(signal?: AbortSignal): Promise<string>
  /** Runs `use` while the bytes of the tree's files are there. Throws ContentError. */
  withTree<T>(request: TreeRequest, use: (tree: Tree) => Promise<T>): Promise<T>
  /** Throws ContentError where the tree that was used is not of that digest. */
  verify(tree: Tree, digest: string, signal?: AbortSignal): Promise<void>
}
