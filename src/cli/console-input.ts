// Standard input to the guest's console: raw from a terminal, with backpressure from anything else.
import type { Context } from './context.ts'
import { DEFAULT_ESCAPE } from './escape-key.ts'

/** A guest's console; `write` says how many bytes it took. */
interface ConsoleSink {
  write(input: Uint8Array): number
}

const RETRY_MS = 5
/** What is typed or pasted beyond this while the guest does not read is lost, as on a serial line. */
const MAX_QUEUED_BYTES = 1024 * 1024

/** Starts feeding; returns how to stop it and give the terminal back. Without an escape byte no key is special. */
export function feedConsole(
  vm: ConsoleSink,
  context: Context,
  onEscape: () => void,
  escapeByte: number | undefined = DEFAULT_ESCAPE.byte,
): () => void {
  const input = process.stdin
  const queue = new InputQueue(vm, () => input.resume())
  const isTerminal = input.isTTY === true
  const onData = (chunk: Buffer): void => {
    const end = isTerminal && escapeByte !== undefined ? chunk.indexOf(escapeByte) : -1
    queue.push(end < 0 ? chunk : chunk.subarray(0, end))
    if (end >= 0) onEscape()
    // A terminal is never paused: Ctrl-] has to be seen.
    else if (!isTerminal && queue.bytes > 0) input.pause()
  }
  const ignore = (): void => undefined
  const restore = isTerminal ? makeRaw(input, context) : ignore
  input.on('data', onData).on('error', ignore)
  return () => {
    input.off('data', onData)
    input.pause()
    queue.stop()
    restore()
  }
}

function makeRaw(input: NodeJS.ReadStream, { interruption }: Context): () => void {
  const cooked = (): void => void input.setRawMode(false)
  input.setRawMode(true)
  const forget = interruption.onExit(cooked)
  return () => {
    cooked()
    forget()
  }
}

class InputQueue {
  bytes = 0
  private readonly chunks: Uint8Array[] = []
  private timer: NodeJS.Timeout | undefined
  private readonly vm: ConsoleSink
  private readonly onDrained: () => void

  constructor(vm: ConsoleSink, onDrained: () => void) {
    this.vm = vm
    this.onDrained = onDrained
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0 || this.bytes + chunk.length > MAX_QUEUED_BYTES) return
    this.chunks.push(chunk)
    this.bytes += chunk.length
    if (this.timer === undefined) this.pump()
  }

  stop(): void {
    clearTimeout(this.timer)
    this.chunks.length = 0
  }

  private readonly pump = (): void => {
    this.timer = undefined
    for (let chunk = this.chunks[0]; chunk !== undefined; chunk = this.chunks[0]) {
      const taken = this.vm.write(chunk)
      this.bytes -= taken
      if (taken < chunk.length) {
        this.chunks[0] = chunk.subarray(taken)
        this.timer = setTimeout(this.pump, RETRY_MS)
        return
      }
      this.chunks.shift()
    }
    this.onDrained()
  }
}
