// Listening Unix sockets in directories whose paths may be longer than a socket's: Node can make none to hand over.
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { listenUnix } from './listen-unix.ts'
import type { OpenDescriptor } from './open-descriptor.ts'

/**
 * A stream socket that only this user may connect to; what was there under its name is removed. The caller closes it, and
 * the file stays. Throws HOST_ERROR or NOT_BUILT.
 */
export async function listenIn(directory: string, name: string): Promise<OpenDescriptor> {
  await rm(join(directory, name), { force: true })
  return inDirectory(directory, name, (path) => Promise.resolve(listenUnix(path)))
}

/** Calls `use` with a path of the socket that is short whatever the directory's is. */
export async function inDirectory<T>(directory: string, name: string, use: (path: string) => Promise<T>): Promise<T> {
  const handle = await open(directory, 'r')
  try {
    return await use(`/proc/self/fd/${handle.fd}/${name}`)
  } finally {
    await handle.close()
  }
}
