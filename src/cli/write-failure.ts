// Why a file that the user named cannot be written, in a sentence.
import { VoltError } from '../volt-error.ts'

const REASONS: Record<string, string> = {
  ENOENT: 'its directory does not exist',
  ENOTDIR: 'what should be its directory is none',
  EEXIST: 'a file is in its place',
  EISDIR: 'it is a directory',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EROFS: 'its file system is read-only',
  ENOSPC: 'no room is left there',
  EDQUOT: 'no room is left there',
}

/** FILE_UNWRITABLE; `path` as the user wrote it, `cause` of node:fs. */
export function writeFailure(path: string, cause: unknown): VoltError {
  const { code, errno, message } = cause as NodeJS.ErrnoException
  const reason = REASONS[code ?? '']
  const why = reason === undefined ? message : `${reason} (${code})`
  return new VoltError('FILE_UNWRITABLE', `cannot write ${path}: ${why}`, {
    ...(errno !== undefined && { errno: Math.abs(errno) }),
    cause,
  })
}
