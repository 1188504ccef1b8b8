// An open descriptor, whatever it is of: a FileHandle is one.
import { close } from 'node:fs'
import { promisify } from 'node:util'

export interface OpenDescriptor {
  readonly fd: number
  /** Whoever opened it calls this once. */
  close(): Promise<void>
}

/** Of a descriptor that did not come from Node. */
export function ownDescriptor(fd: number): OpenDescriptor {
  return { fd, close: () => promisify(close)(fd) }
}
