// Files as volt-unpack writes those of a package: a line `SIZE PATH`, then SIZE bytes, again and again.
import type { Readable } from 'node:stream'

const LINE_BYTES_MAX = 16384

export interface FramedFile {
  path: string
  size: number
  /** To be read before the next file is asked for; what is left of it is skipped. */
  content: AsyncIterable<Buffer>
}

/** Ends without a word where the stream does: whether it was whole is for its writer's exit code to say. */
export async function* framedFiles(stream: Readable): AsyncGenerator<FramedFile> {
  const bytes = new ByteStream(stream)
  for (let line = await bytes.line(); line !== undefined; line = await bytes.line()) {
    const [, size, path] = /^(\d{1,15}) (.*)$/s.exec(line) ?? []
    if (size === undefined || path === undefined) throw new Error('volt-unpack writes what is no file')
    const content = bytes.take(Number(size))
    yield { path, size: Number(size), content }
    for await (const rest of content) void rest
  }
}

class ByteStream {
  readonly #chunks: AsyncIterator<Buffer>
  #buffer: Buffer = Buffer.alloc(0)

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  /** Without its end; undefined behind the last. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#buffer.indexOf(0x0a)
      if (end >= 0) {
        const line = this.#buffer.toString('utf8', 0, end)
        this.#buffer = this.#buffer.subarray(end + 1)
        return line
      }
      if (this.#buffer.length > LINE_BYTES_MAX || !(await this.#more())) return undefined
    }
  }

  async *take(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0;) {
      if (this.#buffer.length === 0 && !(await this.#more())) return
      const piece = this.#buffer.subarray(0, left)
      this.#buffer = this.#buffer.subarray(piece.length)
      left -= piece.length
      yield piece
    }
  }

  async #more(): Promise<boolean> {
    const next = await this.#chunks.next()
    if (next.done === true) return false
    this.#buffer = this.#buffer.length === 0 ? next.value : Buffer.concat([this.#buffer, next.value])
    return true
  }
}
