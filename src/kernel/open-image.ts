// Opens what a manifest names: a path relative to it, or a guest that comes with Volt.
import { constants } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { VoltError } from '../volt-error.ts'
import { notRegular, openFailure } from './open-failure.ts'

const BUILTIN_PREFIX = 'builtin:'

/** Guests of the package, by the name behind `builtin:`. */
const BUILTINS: Record<string, URL> = {
  hello: new URL('../../guests/hello/hello.elf', import.meta.url),
}

export interface OpenImage {
  /** Read-only; the caller closes it. */
  handle: FileHandle
  /** Absolute. */
  path: string
  /** For the record: the absolute path, or `builtin:hello`. */
  source: string
}

/** `directory` is where relative paths start. Throws VoltError FILE_UNREADABLE; nothing but a regular file is opened. */
export async function openImage(reference: string, directory: string): Promise<OpenImage> {
  const path = resolveReference(reference, directory)
  const source = reference.startsWith(BUILTIN_PREFIX) ? reference : path
  try {
    // Opening a device or FIFO may have effects or block, so it is looked at first and again afterwards.
    if (!(await stat(path)).isFile()) throw notRegular(reference, (await stat(path)).isDirectory())
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    if ((await handle.stat()).isFile()) return { handle, path, source }
    await handle.close()
    throw notRegular(reference, false)
  } catch (error) {
    throw error instanceof VoltError ? error : openFailure(reference, path, error as NodeJS.ErrnoException)
  }
}

function resolveReference(reference: string, directory: string): string {
  if (!reference.startsWith(BUILTIN_PREFIX)) return resolve(directory, reference)
  const name = reference.slice(BUILTIN_PREFIX.length)
  const builtin = Object.hasOwn(BUILTINS, name) ? BUILTINS[name] : undefined
  if (builtin !== undefined) return fileURLToPath(builtin)
  const names = Object.keys(BUILTINS).map((known) => BUILTIN_PREFIX + known)
  throw new VoltError('FILE_UNREADABLE', `there is no guest ${reference}`, { hint: `there is ${names.join(', ')}` })
}
