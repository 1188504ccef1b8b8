// A connection to the agent in a guest, by the socket of the machine's vsock.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { basename, dirname } from 'node:path'
import { inDirectory } from '../host/listen-socket.ts'
import type { VmFiles } from '../state/vm-files.ts'
import { VoltError } from '../volt-error.ts'
import { vsockPaths } from './open-vsock.ts'
import { readSavedPlan } from './runnable-vm.ts'

/** Where the agent listens, unless it was told otherwise: a port that in the guest only root takes. */
export const AGENT_PORT = 717

/** Longer than the device waits for the guest. */
const ANSWER_MS = 10_000
/** `OK <host port>\n`. */
const ANSWER_MAX_BYTES = 32

/** The machine's vsock socket; undefined without a vsock. */
export async function vsockSocketOf(files: VmFiles): Promise<string | undefined> {
  const { plan, sources } = await readSavedPlan(files.plan)
  if (plan === undefined || sources === undefined) return undefined
  return vsockPaths({ plan, sources }, files.directory)[0]
}

/** The same; throws NO_SUCH_DEVICE. */
export async function requireVsockSocket(name: string, files: VmFiles): Promise<string> {
  const path = await vsockSocketOf(files)
  if (path !== undefined) return path
  throw new VoltError('NO_SUCH_DEVICE', `the machine '${name}' has no vsock, by which its agent is reached`, {
    hint: 'write `vsock: true` into its manifest and apply it',
  })
}

/**
 * Connects to a port of the guest through the socket at `path`. The caller's to destroy; nothing was read behind the answer.
 * Throws NO_AGENT where nobody listens.
 */
export async function connectToGuest(path: string, port = AGENT_PORT): Promise<Socket> {
  const socket = await inDirectory(dirname(path), basename(path), opened)
  // What becomes of it shows as its end.
  socket.on('error', () => undefined)
  socket.write(`CONNECT ${port}\n`)
  const answer = await readLine(socket)
  if (/^OK \d{1,10}$/.test(answer)) return socket
  socket.destroy()
  throw new VoltError('NO_AGENT', `nobody in the guest listens on vsock port ${port}`, {
    hint: 'volt-agent has to run in it: docs/agent.md says how it gets there (`volt agent path`, `volt agent cpio`)',
  })
}

async function opened(path: string): Promise<Socket> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return socket
  } catch (cause) {
    throw new VoltError('HOST_ERROR', `the machine's vsock does not answer: ${(cause as Error).message}`, { cause })
  }
}

/** Up to its newline; what there is where it ends before, or says nothing for too long. */
async function readLine(socket: Socket): Promise<string> {
  let line = ''
  const deadline = setTimeout(() => socket.destroy(), ANSWER_MS)
  try {
    while (!socket.readableEnded && !socket.destroyed && line.length < ANSWER_MAX_BYTES) {
      const byte = socket.read(1) as Buffer | null
      if (byte === null) await readable(socket)
      else if (byte[0] === 0x0a) return line
      else line += byte.toString('latin1')
    }
    return ''
  } finally {
    clearTimeout(deadline)
  }
}

/** Until there is something to read, or will be nothing. */
function readable(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const events = ['readable', 'end', 'close'] as const
    const done = (): void => {
      for (const event of events) socket.off(event, done)
      resolve()
    }
    for (const event of events) socket.on(event, done)
  })
}
