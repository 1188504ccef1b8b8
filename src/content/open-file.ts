// Files from outside, which may be anything by now: a pipe must not keep whoever opens it.
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { ContentError } from './content-error.ts'

/** For reading; the caller closes it. `what` names it. Throws ContentError for what is no file, or cannot be opened. */
export async function openFile(path: string, what: string): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(
    ({ code, message }: NodeJS.ErrnoException) => {
      throw new ContentError('unfit', `${what} ${code === 'ENOENT' ? 'is not there' : `cannot be read: ${message}`}`)
    },
  )
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  throw new ContentError('unfit', `${what} is no file`)
}
