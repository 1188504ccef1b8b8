// Where Volt keeps kernels for all projects, by the XDG base directory specification.
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** Directories of a store; none needs to exist before something is kept. */
export interface Store {
  directory: string
  /** Files by what is in them: the name is the SHA-256 in lower-case hex. They are never changed, only removed. */
  blobs: string
  /** File systems that Volt made, by digests of what they were made from. They are never changed, only removed. */
  disks: string
  /** `NAME@VERSION.json`, a record each. */
  kernels: string
}

/** `$XDG_DATA_HOME/volt`; a relative XDG_DATA_HOME is ignored, as the specification asks. */
export function userStore(env: NodeJS.ProcessEnv = process.env): Store {
  const configured = env['XDG_DATA_HOME']
  const base = configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), '.local', 'share')
  return storeIn(join(base, 'volt'))
}

export function storeIn(directory: string): Store {
  return {
    directory,
    blobs: join(directory, 'blobs', 'sha256'),
    disks: join(directory, 'disks'),
    kernels: join(directory, 'kernels'),
  }
}

/** Path of a blob, there or not. */
export function blobPath(store: Store, sha256: string): string {
  return join(store.blobs, sha256)
}
