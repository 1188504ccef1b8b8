// Bytes to stdout at the reader's pace, until there are no more or the reader has gone.
import type { Context } from './context.ts'

export async function copyOut({ stdout }: Context, chunks: AsyncIterable<Buffer | string>): Promise<void> {
  for await (const chunk of chunks) {
    await stdout.write(chunk)
    if (stdout.isClosed()) return
  }
}
