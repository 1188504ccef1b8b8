// Whether a daemon answers as a vhost-user back end (QEMU, docs/interop/vhost-user.rst): what the engine will talk to.
import { read, write } from 'node:fs'
import { promisify } from 'node:util'
import type { OpenDescriptor } from '../host/open-descriptor.ts'

const GET_FEATURES = 1
const VERSION = 1
const HEADER_BYTES = 12
/** A header, and 64 bits of features. */
const ANSWER_BYTES = HEADER_BYTES + 8

/** Asks for its features, which changes nothing, on a blocking socket. False where it hangs up or says something else. */
export async function answersAsBackEnd({ fd }: OpenDescriptor): Promise<boolean> {
  const request = Buffer.alloc(HEADER_BYTES)
  request.writeUInt32LE(GET_FEATURES, 0)
  request.writeUInt32LE(VERSION, 4)
  const answer = Buffer.alloc(ANSWER_BYTES)
  try {
    await promisify(write)(fd, request)
    for (let received = 0; received < ANSWER_BYTES;) {
      const { bytesRead } = await promisify(read)(fd, answer, received, ANSWER_BYTES - received, null)
      if (bytesRead === 0) return false
      received += bytesRead
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EPIPE' || code === 'ECONNRESET') return false
    throw error
  }
  return answer.readUInt32LE(0) === GET_FEATURES && answer.readUInt32LE(8) === ANSWER_BYTES - HEADER_BYTES
}
