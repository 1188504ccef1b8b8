// Directories with files in them, and places to build in.
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { LockOptions } from '../../src/state/lock.ts'
import { suite, type Suite } from '../suite.ts'

export const LOCK: LockOptions = { command: 'test', timeoutMs: 5000 }

/** A file by its text, a directory by null, a link by `-> target`; a name that ends in `*` is executable. */
export type Files = Record<string, string | null>

export async function writeTree(root: string, files: Files): Promise<void> {
  await mkdir(root, { recursive: true })
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name.replace(/\*$/, ''))
    await mkdir(dirname(path), { recursive: true })
    if (content === null) await mkdir(path, { recursive: true })
    else if (content.startsWith('-> ')) await symlink(content.slice(3), path)
    else await writeFile(path, content)
    if (name.endsWith('*')) await chmod(path, 0o755)
  }
}

export interface Place {
  /** Made before the first test and removed after the last. */
  directory: string
}

export function suiteInPlace(name: string): { test: Suite; place: Place } {
  const test = suite(name)
  const place = { directory: '' }
  test.before(async () => void (place.directory = await mkdtemp(join(tmpdir(), 'volt-content-'))))
  test.after(() => rm(place.directory, { recursive: true }))
  return { test, place }
}

export async function failure(attempt: Promise<unknown>): Promise<Error & { code?: string; fault?: string }> {
  return attempt.then(
    () => {
      throw new Error('it was expected to fail')
    },
    (error: unknown) => error as Error,
  )
}
