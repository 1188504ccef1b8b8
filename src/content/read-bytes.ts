// The bytes of a tree's files, as many as were found when the tree was read.
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { ContentError } from './content-error.ts'
import type { FileBytes } from './tree.ts'

/** Exactly `size` bytes. Throws ContentError where the file is not as it was. */
export async function* readBytes({ source, size, content }: FileBytes): AsyncGenerator<Buffer> {
  if (content !== undefined) return void (yield content)
  const handle = await open(source, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    ({ code, message }: NodeJS.ErrnoException) => {
      const why = code === 'EACCES' ? 'may not be read by this user' : `cannot be read: ${message}`
      throw new ContentError('unfit', `${source} ${why}`)
    },
  )
  try {
    const found = await handle.stat()
    if (!found.isFile() || found.size !== size) throw changed(source)
    let read = 0
    for await (const piece of handle.createReadStream({ autoClose: false })) {
      read += (piece as Buffer).length
      if (read > size) throw changed(source)
      yield piece as Buffer
    }
    if (read !== size) throw changed(source)
  } finally {
    await handle.close()
  }
}

export function changed(source: string): ContentError {
  return new ContentError('unfit', `${source} changed while it was read`, 'try again when nobody writes to it')
}
