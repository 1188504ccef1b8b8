// flock on an open file: the kernel drops it with the descriptor, so a killed process leaves no lock.
import type { FileHandle } from 'node:fs/promises'
import { callNative } from './native-error.ts'
import { native } from './native.ts'

/** False when another process holds it. Released by closing the handle. */
export function tryLockFile(handle: FileHandle): boolean {
  return callNative(() => native().tryLock(handle.fd, true))
}
