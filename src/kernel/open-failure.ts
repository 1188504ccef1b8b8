// Why a file that the user named does not open, in a sentence.
import { VoltError } from '../volt-error.ts'

/** `reference` is what the user wrote, `path` what it stands for. */
export function openFailure(
  reference: string,
  path: string,
  error: NodeJS.ErrnoException,
  access: 'read' | 'written' = 'read',
): VoltError {
  const options = { cause: error, ...(error.errno !== undefined && { errno: Math.abs(error.errno) }) }
  const failed = (what: string, hint?: string): VoltError =>
    new VoltError('FILE_UNREADABLE', `${reference} ${what}`, { ...options, ...(hint !== undefined && { hint }) })
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return failed(
        'does not exist',
        reference.startsWith('~') ? '~ is not expanded; write the path out' : `looked for ${path}`,
      )
    case 'EACCES':
    case 'EPERM':
    case 'EROFS': {
      const hint = 'Debian keeps kernels in /boot readable for root only; copy it and change its mode'
      const why =
        error.code === 'EROFS' ? 'lies on a file system that is read-only' : `may not be ${access} by this user`
      return failed(why, path.startsWith('/boot/') ? hint : undefined)
    }
    default:
      return failed(`cannot be opened: ${error.code ?? error.message}`)
  }
}

/** What was opened is no regular file. */
export function notRegular(reference: string, directory: boolean): VoltError {
  const what = directory ? 'a directory' : 'a device, pipe or socket'
  return new VoltError('FILE_UNREADABLE', `${reference} is ${what}, not a file`)
}
