// A store of a test's own, and files to import into it.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importKernel, type ImportedKernel, type ImportRequest } from '../../../src/store/import-kernel.ts'
import { storeIn, type Store } from '../../../src/store/store-place.ts'
import type { VoltError } from '../../../src/volt-error.ts'

export const LOCK = { command: 'test', timeoutMs: 30_000 }

export interface ScratchStore {
  store: Store
  /** Where files lie that are imported. */
  directory: string
  /** Writes the content to a file and imports it. */
  take: (content: Buffer, name: string, options?: Partial<ImportRequest>) => Promise<ImportedKernel>
  /** What is in the store's directories, hidden files too. */
  blobs: () => Promise<string[]>
}

export async function withStore(body: (scratch: ScratchStore) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'volt-store-'))
  const store = storeIn(join(directory, 'data'))
  let count = 0
  try {
    await body({
      store,
      directory,
      async take(content, name, options = {}) {
        const file = `kernel-${count++}`
        await writeFile(join(directory, file), content)
        return importKernel(store, { file, directory, name, ...options }, LOCK)
      },
      blobs: () => readdir(store.blobs),
    })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** The error that a promise rejects with; an error of the test where it does not. */
export async function failure(promise: Promise<unknown>): Promise<VoltError> {
  const result = await promise.then(
    () => undefined,
    (error: unknown) => error as VoltError,
  )
  if (result === undefined) throw new Error('it did not fail')
  return result
}
