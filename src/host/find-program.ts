// Looks for a program as a shell does, and where else it may be.
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'

/** The first of that name in the absolute directories of PATH, then the first of `places`, which are whole paths. */
export async function findProgram(name: string, places: readonly string[] = []): Promise<string | undefined> {
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => isAbsolute(directory))
  for (const path of [...directories.map((directory) => join(directory, name)), ...places]) {
    if (await isExecutable(path)) return path
  }
  return undefined
}

export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
