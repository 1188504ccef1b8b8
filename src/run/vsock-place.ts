// Where the socket of a vsock device lies, as a saved plan's sources say it: a path, or `state:vsock.sock` for one of Volt's
// own.
import { constants } from 'node:os'
import { join } from 'node:path'
import { VoltError } from '../volt-error.ts'

/** Source of a socket of Volt's own; in the machine's state, or under `volt run` in a directory for as long as it runs. */
export const OWN_SOCKET = 'state:vsock.sock'
const SOCKET_NAME = 'vsock.sock'

/** sun_path has 108 bytes: behind the path come `_`, a port of ten digits and the NUL, for connections of the guest. */
export const MAX_SOCKET_PATH_BYTES = 108 - '_4294967295'.length - 1

/** `directory` is for sockets of Volt's own. Throws HOST_ERROR where the path is too long. */
export function socketPath(source: string, directory: string): string {
  const path = source === OWN_SOCKET ? join(directory, SOCKET_NAME) : source
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return path
  const message = `cannot listen on ${path}: the path has more than ${MAX_SOCKET_PATH_BYTES} bytes (ENAMETOOLONG)`
  throw new VoltError('HOST_ERROR', message, {
    errno: constants.errno.ENAMETOOLONG,
    hint: 'give the machine a shorter one: vsock: { path: ./vsock.sock }',
  })
}
