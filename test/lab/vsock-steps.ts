// What the Debian guest does on its vsock: bytes each way, and a digest back after the sender's half was closed.
import { createHash, type Hash } from 'node:crypto'
import { connect, createServer } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { answer, SHELL, step, type Line } from './dialogue.ts'
import { TRANSFER_MIB } from './transfer.ts'

/** In the lab. */
const SOCKET = '/run/volt-vsock.sock'
const GUEST_PORT = 1234
const HOST_PORT = 80
/** Of 16 bytes, so that pieces of any size that is a multiple are alike. */
const TEXT = 'volt over vsock\n'
const PIECE = Buffer.alloc(2 ** 20, TEXT)
const TIMEOUT_MS = 120_000 + 1000 * TRANSFER_MIB

export const VSOCK = { cid: 7, path: SOCKET }

/** A program of the host that answers what it is sent with its digest. Ends with this process. */
export function startVsockService(): void {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const hash = createHash('sha256')
    socket.on('data', (part) => hash.update(part))
    socket.on('end', () => socket.end(`${hash.digest('hex')}  -\n`))
    socket.on('error', () => undefined)
  })
  server.listen(`${SOCKET}_${HOST_PORT}`)
  server.unref()
}

const serve = `(socat VSOCK-LISTEN:${GUEST_PORT},fork EXEC:sha256sum &) && sleep 1`
const send =
  `yes 'volt over vsock' | head -c ${TRANSFER_MIB}M | socat -t 60 - VSOCK-CONNECT:2:${HOST_PORT} >/tmp/received && ` +
  `yes 'volt over vsock' | head -c ${TRANSFER_MIB}M | sha256sum | cmp - /tmp/received`

function* pieces(hash: Hash): Generator<Buffer> {
  for (let piece = 0; piece < TRANSFER_MIB; piece++) {
    hash.update(PIECE)
    yield PIECE
  }
}

async function askGuest(): Promise<string> {
  const socket = connect({ path: SOCKET, allowHalfOpen: true })
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('no answer')))
  socket.write(`CONNECT ${GUEST_PORT}\n`)
  const hash = createHash('sha256')
  const answered = text(socket).catch(String)
  await pipeline(Readable.from(pieces(hash)), socket).catch(() => undefined)
  const said = await answered
  const digest = hash.digest('hex')
  const isSame = /^OK \d+\n/.test(said) && said.includes(digest)
  return `${isSame ? answer('host-to-guest') : `echo ${JSON.stringify(said.slice(0, 80))}`}\n`
}

export const VSOCK_NAMES = ['vsock-serves', 'host-to-guest', 'guest-to-host']

export const VSOCK_STEPS: Line[] = [
  step('vsock-serves', serve),
  { prompt: SHELL, type: askGuest },
  step('guest-to-host', send),
]
