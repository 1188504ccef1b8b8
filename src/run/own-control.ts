// A control socket for the one who starts the machine: connected before there is one, and without a name.
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { inDirectory, listenIn } from '../host/listen-socket.ts'
import type { OpenDescriptor } from '../host/open-descriptor.ts'
import type { ControlRequest } from './control-protocol.ts'
import { makePrivateDirectory } from './open-vsock.ts'

const NAME = 'control.sock'

export interface OwnControl {
  /** For the machine; the caller closes it. */
  listener: OpenDescriptor
  /** Nobody waits for the answer. Nothing to do where the machine has ended. */
  tell(request: ControlRequest): void
  close(): void
}

/** Nothing of it is left in a directory. Throws HOST_ERROR or NOT_BUILT, and errors of the file system. */
export async function openOwnControl(): Promise<OwnControl> {
  const directory = await makePrivateDirectory()
  let listener: OpenDescriptor | undefined
  try {
    listener = await listenIn(directory, NAME)
    const socket = await inDirectory(directory, NAME, connected)
    // Answers are read, that the machine goes on to read requests.
    socket.on('error', () => undefined).resume()
    return {
      listener,
      tell: (request) => void (socket.writable && socket.write(`${JSON.stringify(request)}\n`)),
      close: () => void socket.destroy(),
    }
  } catch (error) {
    await listener?.close()
    throw error
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function connected(path: string): Promise<Socket> {
  const socket = connect(path)
  await once(socket, 'connect')
  return socket
}
