// Attaches to the console of a running machine, by its keeper's socket.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { basename, dirname } from 'node:path'
import { inDirectory } from '../host/listen-socket.ts'
import { VoltError } from '../volt-error.ts'

export interface AttachedConsole {
  /** What the guest writes from now on, until the machine ends for good or this reader is too slow. */
  output: AsyncIterable<Buffer>
  /** What the guest reads; the number of bytes that were taken. */
  write(input: Uint8Array): number
  close(): void
}

/** Input that waits to be sent. */
const MAX_WAITING_BYTES = 64 * 1024

/** Throws HOST_ERROR where nobody listens at `path`. */
export async function attachConsole(path: string): Promise<AttachedConsole> {
  const socket = await inDirectory(dirname(path), basename(path), connected)
  // What is attached and then lost shows as its end.
  socket.on('error', () => undefined)
  return {
    output: outputOf(socket),
    write: (input) => {
      if (!socket.writable) return input.length
      if (socket.writableLength > MAX_WAITING_BYTES) return 0
      // The caller may use its buffer again.
      socket.write(Buffer.from(input))
      return input.length
    },
    close: () => void socket.destroy(),
  }
}

async function connected(path: string): Promise<Socket> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return socket
  } catch (cause) {
    throw new VoltError('HOST_ERROR', `the console does not answer: ${(cause as Error).message}`, { cause })
  }
}

async function* outputOf(socket: Socket): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of socket) yield chunk as Buffer
  } catch {
    // Closed on either side.
  }
}
