// A Unix socket that listens, as a descriptor: Node's own stay with Node.
import { callNative } from './native-error.ts'
import { native } from './native.ts'
import { ownDescriptor, type OpenDescriptor } from './open-descriptor.ts'

/**
 * A stream socket, non-blocking, closed on exec; its file has mode 0600 and stays when it is closed. `path` is free and has
 * at most 107 bytes. Throws HOST_ERROR or NOT_BUILT.
 */
export function listenUnix(path: string): OpenDescriptor {
  return ownDescriptor(callNative(() => native().listenUnix(path)))
}
