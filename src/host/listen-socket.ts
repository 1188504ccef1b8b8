// Unix sockets that listen, as descriptors to hand over: Node keeps its own.
import { join } from 'node:path'
import { callNative } from './native-error.ts'
import { native } from './native.ts'
import { ownDescriptor, type OpenDescriptor } from './open-descriptor.ts'
import { openOwn, removeFile } from './own-files.ts'

/**
 * A stream socket, non-blocking, closed on exec; its file has mode 0600 and stays when it is closed. `path` is free and has
 * at most 107 bytes. Throws HOST_ERROR or NOT_BUILT.
 */
export function listenUnix(path: string): OpenDescriptor {
  return ownDescriptor(callNative(() => native().listenUnix(path)))
}

/**
 * A socket in a directory of Volt's own, whose path may be longer than a socket's; what was there under its name is removed.
 * In a directory that others use too it takes `listenAt` of src/run. Throws HOST_ERROR or NOT_BUILT.
 */
export async function listenIn(directory: string, name: string): Promise<OpenDescriptor> {
  removeFile(join(directory, name))
  return inDirectory(directory, name, (path) => Promise.resolve(listenUnix(path)))
}

/** Calls `use` with a path of the socket that is short whatever the directory's is. */
export async function inDirectory<T>(directory: string, name: string, use: (path: string) => Promise<T>): Promise<T> {
  const handle = openOwn(directory)
  try {
    return await use(`/proc/self/fd/${handle.fd}/${name}`)
  } finally {
    await handle.close()
  }
}
