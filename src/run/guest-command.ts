// A command in a guest, run by its agent: streams both ways, and how it ended.
import type { Socket } from 'node:net'
import { constants } from 'node:os'
import { VoltError } from '../volt-error.ts'
import {
  AGENT_PROTOCOL_VERSION,
  agentInvalid,
  encodeFrame,
  encodeSize,
  type Frame,
  FrameReader,
  INPUT_WINDOW_BYTES,
  KIND,
  MAX_PAYLOAD_BYTES,
} from './agent-frames.ts'

export interface CommandRequest {
  /** The program and its arguments. */
  words: readonly string[]
  /** `NAME=value`. */
  variables?: readonly string[]
  /** `/` where there is none. */
  directory?: string
  /** There where the command gets a terminal. */
  terminal?: { columns: number; rows: number }
}

export interface CommandOutput {
  stream: 'stdout' | 'stderr'
  bytes: Buffer
}

export type CommandEnd = { exitCode: number } | { signal: number }

/** What waits here to be sent, besides what the agent has room for. */
const MAX_WAITING_BYTES = 64 * 1024
/** Between the connection and the agent's first frame. */
const HELLO_MS = 10_000

/** Over a connection to an agent, which it owns. */
export class GuestCommand {
  private readonly socket: Socket
  private readonly reader = new FrameReader()
  private room = INPUT_WINDOW_BYTES
  private ending: CommandEnd | undefined
  private onRoom: (() => void) | undefined

  constructor(socket: Socket, request: CommandRequest) {
    this.socket = socket
    socket.on('drain', () => this.onRoom?.()).on('close', () => this.onRoom?.())
    const text = (kind: number, value: string): void => {
      const payload = Buffer.from(value)
      if (payload.length > MAX_PAYLOAD_BYTES) throw tooLong()
      socket.write(encodeFrame(kind, payload))
    }
    try {
      for (const word of request.words) text(KIND.argument, word)
      for (const variable of request.variables ?? []) text(KIND.variable, variable)
      if (request.directory !== undefined) text(KIND.directory, request.directory)
    } catch (error) {
      socket.destroy()
      throw error
    }
    const { terminal } = request
    if (terminal !== undefined) socket.write(encodeFrame(KIND.terminal, encodeSize(terminal.columns, terminal.rows)))
    socket.write(encodeFrame(KIND.run))
  }

  /**
   * What it writes, to its end, at the reader's pace. Throws AGENT_INVALID, NO_SUCH_COMMAND or NOT_EXECUTABLE; ends early
   * where close() was called.
   */
  async *output(): AsyncGenerator<CommandOutput> {
    let isGreeted = false
    const silence = setTimeout(() => this.socket.destroy(), HELLO_MS)
    try {
      for await (const chunk of chunksOf(this.socket)) {
        for (const frame of this.reader.take(chunk)) {
          clearTimeout(silence)
          if (!isGreeted) checkHello(frame)
          else yield* this.obey(frame)
          isGreeted = true
          if (this.ending !== undefined) return
        }
      }
      if (!isGreeted) throw agentInvalid('it does not greet, as one does that serves 64 clients already')
    } finally {
      clearTimeout(silence)
      this.close()
    }
  }

  /** Undefined before its end, and where the connection ended first. */
  get end(): CommandEnd | undefined {
    return this.ending
  }

  /** How many of the bytes were taken: as many as the command has room for. */
  write(input: Uint8Array): number {
    if (!this.socket.writable) return input.length
    if (this.socket.writableLength > MAX_WAITING_BYTES) return 0
    const taken = input.subarray(0, Math.min(this.room, MAX_PAYLOAD_BYTES))
    if (taken.length > 0) this.socket.write(encodeFrame(KIND.input, taken))
    this.room -= taken.length
    return taken.length
  }

  /** All of the input, to its end, at the command's pace. */
  async feed(input: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of input) {
      for (let rest = chunk; rest.length > 0;) {
        rest = rest.subarray(this.write(rest))
        if (rest.length > 0) await this.roomMade()
      }
      if (!this.socket.writable) return
    }
    this.endInput()
  }

  endInput(): void {
    if (this.socket.writable) this.socket.write(encodeFrame(KIND.inputEnd))
  }

  signal(number: number): void {
    if (this.socket.writable) this.socket.write(encodeFrame(KIND.signal, Buffer.from([number])))
  }

  resize(columns: number, rows: number): void {
    if (this.socket.writable) this.socket.write(encodeFrame(KIND.resize, encodeSize(columns, rows)))
  }

  /** The agent ends the command, where it runs still. */
  close(): void {
    this.socket.destroy()
  }

  private roomMade(): Promise<void> {
    return new Promise((resolve) => (this.onRoom = resolve))
  }

  private *obey({ kind, payload }: Frame): Generator<CommandOutput> {
    if (kind === KIND.output) yield { stream: 'stdout', bytes: payload }
    else if (kind === KIND.errorOutput) yield { stream: 'stderr', bytes: payload }
    else if (kind === KIND.inputTaken && payload.length === 4) this.credit(payload.readUInt32LE())
    else if (kind === KIND.exited && payload.length === 1) this.ending = { exitCode: payload.readUInt8() }
    else if (kind === KIND.killed && payload.length === 1) this.ending = { signal: payload.readUInt8() & 0x7f }
    else if (kind === KIND.failed && payload.length >= 4) throw failureOf(payload)
    else throw agentInvalid(`a frame of the kind ${kind} and ${payload.length} bytes has no place there`)
  }

  private credit(bytes: number): void {
    this.room += bytes
    if (this.room > INPUT_WINDOW_BYTES) throw agentInvalid('it took more input than it was sent')
    this.onRoom?.()
  }
}

function checkHello({ kind, payload }: Frame): void {
  if (kind !== KIND.hello || payload.length < 2) throw agentInvalid('it does not greet')
  const version = payload.readUInt16LE()
  if (version !== AGENT_PROTOCOL_VERSION) throw agentInvalid(`it has version ${version} of the protocol`)
}

/** The guest's words, cut to a line's length; who shows them makes them printable. */
function failureOf(payload: Buffer): VoltError {
  const errno = payload.readUInt32LE()
  const message = payload.toString('utf8', 4, 1024)
  if (errno === constants.errno.EPROTO) return agentInvalid(message)
  const code = errno === constants.errno.ENOENT ? 'NO_SUCH_COMMAND' : 'NOT_EXECUTABLE'
  return new VoltError(code, `in the guest: ${message}`, { errno })
}

function tooLong(): VoltError {
  return new VoltError('USAGE', `an argument or variable has more than ${MAX_PAYLOAD_BYTES} bytes`, {
    hint: 'pass it by standard input',
  })
}

async function* chunksOf(socket: Socket): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of socket) yield chunk as Buffer
  } catch {
    // Closed on either side.
  }
}
