// An open descriptor, whatever it is of: a FileHandle is one.
import { closeSync } from 'node:fs'

export interface OpenDescriptor {
  readonly fd: number
  /** Whoever opened it calls this once. */
  close(): Promise<void>
}

/** Of a descriptor that did not come from Node. */
export function ownDescriptor(fd: number): OpenDescriptor {
  return { fd, close: async () => closeSync(fd) }
}
