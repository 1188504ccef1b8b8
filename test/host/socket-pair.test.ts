import { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { socketPair } from '../../src/host/socket-pair.ts'
import { suite } from '../suite.ts'

const test = suite('a pair of sockets')
/** More than the kernel's default has room for, and less than any user may ask for. */
const BYTES = 320 * 1024
const CHUNK = Buffer.alloc(16 * 1024)

test('a stream has room for many frames that passt has sent and the guest has not taken', async () => {
  const [ours, its] = socketPair()
  const socket = new Socket({ fd: its.fd })
  try {
    for (let written = 0; written < BYTES; written += CHUNK.length) socket.write(CHUNK)
    await sleep(50)
    assert.is(socket.writableLength, 0)
  } finally {
    socket.destroy()
    await ours.close()
  }
})

test.run()
