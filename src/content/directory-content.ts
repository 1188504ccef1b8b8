// A disk from a directory of the host.
import type { DiskContent } from './disk-content.ts'
import { changed } from './read-bytes.ts'
import { readDirectory } from './read-directory.ts'
import { treeDigest } from './tree-digest.ts'
import type { Tree } from './tree.ts'

/** `reference` is what the user wrote. Looks at every name and reads no file. Throws ContentError. */
export async function directoryContent(path: string, reference: string): Promise<DiskContent> {
  const tree = await readDirectory(path, reference)
  return {
    digest: (signal) => treeDigest(tree, signal),
    withTree: (_, use) => use(tree),
    async verify(used: Tree, digest, signal) {
      if ((await treeDigest(used, signal)) !== digest) throw changed(reference)
    },
  }
}
