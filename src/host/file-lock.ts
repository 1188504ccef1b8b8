// flock on an open file: the kernel drops it with the descriptor, so a killed process leaves no lock.
import type { FileHandle } from 'node:fs/promises'
import { callNative } from './native-error.ts'
import { native } from './native.ts'

/**
 * `exclusive`: nobody else has it in any way; `shared`: nobody has it exclusively. False when that is not so. Released when
 * the last copy of the descriptor is closed, in whatever process.
 */
export function tryLockFile(handle: FileHandle, mode: 'exclusive' | 'shared' = 'exclusive'): boolean {
  return callNative(() => native().tryLock(handle.fd, mode === 'exclusive'))
}
