// Asks a running machine by its control socket.
import { connect } from 'node:net'
import { basename, dirname } from 'node:path'
import { inDirectory } from '../host/listen-socket.ts'
import { VoltError } from '../volt-error.ts'
import type { ControlRefusal, ControlRequest } from './control-protocol.ts'

const TIMEOUT_MS = 5000
/** Far more than any reply has. */
const REPLY_MAX_BYTES = 1024 * 1024

/**
 * The reply to a request at the socket. Throws NOT_RUNNING, NO_SUCH_DEVICE, USAGE for what the machine does not take, and
 * HOST_ERROR where it does not answer.
 */
export async function askVmm<Reply = object>(socket: string, request: ControlRequest): Promise<Reply> {
  const line = await inDirectory(dirname(socket), basename(socket), (path) => exchange(path, JSON.stringify(request)))
  const reply = parseReply(line)
  if (reply.ok) return reply as Reply
  const { code, message } = reply
  const hint = code === 'NO_SUCH_DEVICE' ? { hint: '`volt inspect NAME` shows the devices' } : {}
  throw new VoltError(code === 'REQUEST_INVALID' || code === 'NO_SUCH_LIMIT' ? 'USAGE' : code, message, hint)
}

function parseReply(line: string): { ok: true } | ControlRefusal {
  try {
    return JSON.parse(line) as { ok: true } | ControlRefusal
  } catch (cause) {
    throw new VoltError('HOST_ERROR', 'the machine answers with what is no JSON', { cause })
  }
}

function exchange(path: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    let reply = ''
    const fail = (why: string, cause?: Error): void => {
      socket.destroy()
      reject(new VoltError('HOST_ERROR', `the machine does not answer: ${why}`, { cause }))
    }
    socket.setEncoding('utf8').setTimeout(TIMEOUT_MS, () => fail(`nothing came for ${TIMEOUT_MS / 1000} seconds`))
    socket.on('error', (error) => fail(error.message, error))
    socket.on('end', () => fail('it closed the connection'))
    socket.on('data', (text: string) => {
      reply += text
      const end = reply.indexOf('\n')
      if (end < 0 && reply.length > REPLY_MAX_BYTES) return fail('the reply has no end')
      if (end < 0) return
      socket.destroy()
      resolve(reply.slice(0, end))
    })
    socket.on('connect', () => socket.write(`${line}\n`))
  })
}
