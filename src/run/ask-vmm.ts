// Asks a running machine by its control socket.
import { connect } from 'node:net'
import { basename, dirname } from 'node:path'
import { inDirectory } from '../host/listen-socket.ts'
import { VoltError } from '../volt-error.ts'
import type { ControlRefusal, ControlRequest } from './control-protocol.ts'

const REFUSALS: readonly ControlRefusal['code'][] = [
  'REQUEST_INVALID',
  'NOT_RUNNING',
  'NO_SUCH_DEVICE',
  'NO_SUCH_LIMIT',
]
/** For all of a reply. */
const TIMEOUT_MS = 5000
/** Far more than any reply has. */
const REPLY_MAX_BYTES = 1024 * 1024

/**
 * The reply to a request at the socket. Throws NOT_RUNNING, NO_SUCH_DEVICE, USAGE for what the machine does not take, and
 * HOST_ERROR where it does not answer.
 */
export async function askVmm<Reply = object>(
  socket: string,
  request: ControlRequest,
  timeoutMs = TIMEOUT_MS,
): Promise<Reply> {
  const line = await inDirectory(dirname(socket), basename(socket), (path) =>
    exchange(path, JSON.stringify(request), timeoutMs),
  )
  const reply = parseReply(line)
  if (reply.ok) return reply as Reply
  const { code, message } = reply
  const hint = code === 'NO_SUCH_DEVICE' ? { hint: '`volt inspect NAME` shows the devices' } : {}
  throw new VoltError(code === 'REQUEST_INVALID' || code === 'NO_SUCH_LIMIT' ? 'USAGE' : code, message, hint)
}

/** The machine's guest may have broken out: what it says is believed as far as it has the shape of a reply. */
function parseReply(line: string): { ok: true } | ControlRefusal {
  let reply: Partial<ControlRefusal> | { ok: true } | null
  try {
    reply = JSON.parse(line) as typeof reply
  } catch (cause) {
    throw new VoltError('HOST_ERROR', 'the machine answers with what is no JSON', { cause })
  }
  if (reply?.ok === true) return reply
  const { ok, code, message } = reply ?? {}
  if (ok === false && code !== undefined && REFUSALS.includes(code) && typeof message === 'string')
    return { ok, code, message }
  throw new VoltError('HOST_ERROR', 'the machine answers with what is no reply')
}

function exchange(path: string, line: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    let reply = ''
    const end = (): void => {
      clearTimeout(deadline)
      socket.destroy()
    }
    const fail = (why: string, cause?: Error): void => {
      end()
      reject(new VoltError('HOST_ERROR', `the machine does not answer: ${why}`, { cause }))
    }
    // One that says a little now and then does not keep us.
    const deadline = setTimeout(() => fail(`no reply came in ${timeoutMs / 1000} seconds`), timeoutMs)
    socket.setEncoding('utf8')
    socket.on('error', (error) => fail(error.message, error))
    socket.on('end', () => fail('it closed the connection'))
    socket.on('data', (text: string) => {
      reply += text
      const newline = reply.indexOf('\n')
      if (newline < 0 && reply.length > REPLY_MAX_BYTES) return fail('the reply has no end')
      if (newline < 0) return
      end()
      resolve(reply.slice(0, newline))
    })
    socket.on('connect', () => socket.write(`${line}\n`))
  })
}
