// Frames of the agent's protocol (docs/agent.md), as the host's end has them. What comes from a guest is believed in nothing.
import { VoltError } from '../volt-error.ts'

export const AGENT_PROTOCOL_VERSION = 1
/** Of one frame's payload. */
export const MAX_PAYLOAD_BYTES = 64 * 1024
/** Input that may be under way to a command. */
export const INPUT_WINDOW_BYTES = 256 * 1024
const HEADER_BYTES = 5

export const KIND = {
  argument: 1,
  variable: 2,
  directory: 3,
  terminal: 4,
  run: 5,
  input: 6,
  inputEnd: 7,
  signal: 8,
  resize: 9,
  hello: 65,
  output: 66,
  errorOutput: 67,
  inputTaken: 68,
  exited: 69,
  killed: 70,
  failed: 71,
} as const

export interface Frame {
  kind: number
  payload: Buffer
}

/** `payload` has at most MAX_PAYLOAD_BYTES. */
export function encodeFrame(kind: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt8(kind)
  header.writeUInt32LE(payload.length, 1)
  return Buffer.concat([header, payload])
}

export function encodeSize(columns: number, rows: number): Buffer {
  const payload = Buffer.alloc(4)
  payload.writeUInt16LE(Math.min(columns, 0xffff))
  payload.writeUInt16LE(Math.min(rows, 0xffff), 2)
  return payload
}

/** Cuts chunks into frames; keeps one frame at most. Throws AGENT_INVALID for one that is too long. */
export class FrameReader {
  private rest: Buffer = Buffer.alloc(0);

  *take(chunk: Uint8Array): Generator<Frame> {
    this.rest = this.rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.rest, chunk])
    while (this.rest.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + this.rest.readUInt32LE(1)
      if (end > HEADER_BYTES + MAX_PAYLOAD_BYTES) throw agentInvalid('a frame of it is too long')
      if (this.rest.length < end) return
      const frame = { kind: this.rest.readUInt8(), payload: this.rest.subarray(HEADER_BYTES, end) }
      this.rest = this.rest.subarray(end)
      yield frame
    }
  }
}

/** What answers in the guest is no agent of this version, or it is broken. */
export function agentInvalid(why: string): VoltError {
  return new VoltError('AGENT_INVALID', `what answers in the guest does not speak as volt-agent does: ${why}`, {
    hint: 'is the agent in the guest the one of this version (`volt agent path`)?',
  })
}
