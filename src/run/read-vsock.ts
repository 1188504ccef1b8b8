// The vsock of a manifest before anything runs: whether its socket can be made where the manifest wants it.
import { constants } from 'node:fs'
import { access, lstat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { DocumentProblem } from '../manifest/load-manifests.ts'
import type { VsockSpec } from '../manifest/spec.ts'
import { MAX_SOCKET_PATH_BYTES, OWN_SOCKET } from './vsock-place.ts'

const POINTER = '/vsock/path'

/** Where the socket lies: an absolute path, or OWN_SOCKET; undefined without a vsock. Nothing is made. */
export async function readVsock(
  vsock: VsockSpec | undefined,
  directory: string,
  problems: DocumentProblem[],
): Promise<string | undefined> {
  if (vsock === undefined) return undefined
  if (vsock.path === undefined) return OWN_SOCKET
  const path = resolve(directory, vsock.path)
  const problem = await findProblem(path, vsock.path)
  if (problem !== undefined) problems.push({ code: 'V110', pointer: POINTER, ...problem })
  return path
}

async function findProblem(path: string, written: string): Promise<{ message: string; hint: string } | undefined> {
  const bytes = Buffer.byteLength(path)
  if (bytes > MAX_SOCKET_PATH_BYTES) {
    const message = `the path of the socket has ${bytes} bytes, and there may be ${MAX_SOCKET_PATH_BYTES}`
    return { message, hint: 'take a shorter one: a socket’s address has 108 bytes, and _PORT comes behind the path' }
  }
  if (!(await isWritable(dirname(path)))) {
    const message = `${written} cannot be made: its directory is missing or may not be written by this user`
    return { message, hint: `it would be ${path}` }
  }
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined || found.isSocket()) return undefined
  return { message: `${written} is there already, and is no socket`, hint: 'remove it, or take another path' }
}

async function isWritable(directory: string): Promise<boolean> {
  return access(`${directory}/.`, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
}
