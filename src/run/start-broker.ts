// Starts `volt-vmm broker`, a process of its own that makes a guest's connections to the host (docs/vsock.md).
import { spawn, type ChildProcess } from 'node:child_process'
import { requireVmm, VMM_FILE } from '../host/built-files.ts'
import type { OpenDescriptor } from '../host/open-descriptor.ts'
import { socketPair } from '../host/socket-pair.ts'
import { VoltError } from '../volt-error.ts'

/** Its socket's place in its descriptor table. */
const SOCKET = 3

/**
 * The engine's end of its socket. Closing the last copy ends the broker, which removes the socket at `path` then: whoever
 * listens there closes that before. A directory of its own goes with it. A session of its own: no signal of a terminal ends it. Throws HOST_ERROR or NOT_BUILT.
 */
export async function startBroker(path: string, directory: 'own' | 'shared'): Promise<OpenDescriptor> {
  requireVmm()
  const [ours, its] = socketPair('messages')
  try {
    const stdio = ['ignore', 'ignore', 'ignore', its.fd] as const
    const args = ['broker', '--socket', String(SOCKET), '--directory', directory, '--path', path]
    const child = spawn(VMM_FILE, args, { stdio: [...stdio], cwd: '/', env: {}, detached: true })
    await spawned(child)
    child.unref()
    return ours
  } catch (error) {
    await ours.close()
    throw error
  } finally {
    await its.close()
  }
}

async function spawned(child: ChildProcess): Promise<void> {
  await new Promise<void>((done, fail) => {
    child.once('spawn', done)
    child.once('error', (cause: NodeJS.ErrnoException) => {
      const errno = cause.errno === undefined ? {} : { errno: Math.abs(cause.errno) }
      fail(new VoltError('HOST_ERROR', `the broker of the vsock did not start: ${cause.message}`, { ...errno, cause }))
    })
  })
}
