// The shares of a manifest before anything runs: that their directories are there.
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { DocumentProblem } from '../manifest/load-manifests.ts'
import type { ShareSpec } from '../manifest/spec.ts'

/** Absolute paths of the directories, in the order of the manifest. */
export async function readShares(
  shares: readonly ShareSpec[],
  directory: string,
  problems: DocumentProblem[],
): Promise<string[]> {
  const paths: string[] = []
  for (const [index, share] of shares.entries()) {
    const path = resolve(directory, share.directory)
    paths.push(path)
    const trouble = await findTrouble(path)
    if (trouble === undefined) continue
    const pointer = `/shares/${index}/directory`
    problems.push({ code: 'V111', message: `${share.directory} ${trouble}`, pointer, hint: `the path is ${path}` })
  }
  return paths
}

async function findTrouble(path: string): Promise<string | undefined> {
  return stat(path).then(
    (found) => (found.isDirectory() ? undefined : 'is no directory'),
    ({ code, message }: NodeJS.ErrnoException) =>
      code === 'ENOENT' ? 'is not there' : `cannot be looked at: ${message}`,
  )
}
