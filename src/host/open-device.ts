// Opens a device of the kernel's, or says why it does not open and what the user does about it.
import { open, type FileHandle } from 'node:fs/promises'
import { VoltError } from '../volt-error.ts'

/** For reading and writing; the caller closes it. `whereMissing` is the hint where there is none. Throws HOST_ERROR. */
export async function openDevice(path: string, whereMissing: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+')
  } catch (cause) {
    const { code, errno = 0 } = cause as NodeJS.ErrnoException
    const isDenied = code === 'EACCES' || code === 'EPERM'
    const hint = isDenied ? `this user may not open it: \`ls -l ${path}\` shows who may` : whereMissing
    const options = { errno: Math.abs(errno), hint, cause }
    throw new VoltError('HOST_ERROR', `cannot open ${path} (${code ?? 'unknown'})`, options)
  }
}
