// Sockets with a path: made, and removed when nobody listens any more. Both happen under a lock on their directory, which
// volt-vmm's broker takes too, so that no socket is taken for the one that was there before it.
import { constants as fsConstants } from 'node:fs'
import { lstat, open, rm, unlink, type FileHandle } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { constants } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { tryLockFile } from '../host/file-lock.ts'
import { listenUnix } from '../host/listen-socket.ts'
import type { OpenDescriptor } from '../host/open-descriptor.ts'
import { VoltError } from '../volt-error.ts'

const LOCK_TIMEOUT_MS = 5000
const LOCK_PAUSE_MS = 20

/**
 * A Unix stream socket that listens, mode 0600, in place of one on which nobody does; the caller closes it. Throws
 * HOST_ERROR, with EADDRINUSE where a program listens there already.
 */
export async function listenAt(path: string): Promise<OpenDescriptor> {
  return withDirectory(path, async () => {
    const found = await lookAt(path)
    if (found === 'taken') {
      const hint = 'end that program, or give the machine another vsock.path'
      throw cannotListen(path, 'EADDRINUSE', 'a program listens there', hint)
    }
    if (found === 'foreign') {
      throw cannotListen(
        path,
        'EEXIST',
        'there is something that is no socket',
        'remove it, or give another vsock.path',
      )
    }
    if (found === 'stale') await unlink(path)
    return listenUnix(path)
  })
}

/** Removes the socket at `path` unless somebody listens on it; nothing where there is none. */
export async function removeStaleSocket(path: string): Promise<void> {
  if ((await lookAt(path)) !== 'stale') return
  await withDirectory(path, async () => {
    if ((await lookAt(path)) === 'stale') await rm(path, { force: true })
  })
}

async function lookAt(path: string): Promise<'free' | 'foreign' | 'stale' | 'taken'> {
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined) return 'free'
  if (!found.isSocket()) return 'foreign'
  return (await isRefused(path)) ? 'stale' : 'taken'
}

/** What may not be asked, or is too busy to answer, counts as listening. */
async function isRefused(path: string): Promise<boolean> {
  const socket = createConnection(path)
  try {
    return await new Promise((done) => {
      socket.once('connect', () => done(false))
      socket.once('error', ({ code }: NodeJS.ErrnoException) => done(code === 'ECONNREFUSED'))
    })
  } finally {
    socket.destroy()
  }
}

async function withDirectory<T>(path: string, body: () => Promise<T>): Promise<T> {
  const handle = await openDirectory(path)
  try {
    const deadline = Date.now() + LOCK_TIMEOUT_MS
    while (!tryLockFile(handle)) {
      if (Date.now() > deadline) throw cannotListen(path, 'EAGAIN', 'another process keeps a lock on its directory')
      await sleep(LOCK_PAUSE_MS)
    }
    return await body()
  } finally {
    await handle.close()
  }
}

async function openDirectory(path: string): Promise<FileHandle> {
  try {
    return await open(dirname(path), fsConstants.O_RDONLY | fsConstants.O_DIRECTORY)
  } catch (cause) {
    const { code = 'unknown', errno = 0 } = cause as NodeJS.ErrnoException
    const message = `cannot listen on ${path}: its directory does not open (${code})`
    throw new VoltError('HOST_ERROR', message, { errno: Math.abs(errno), cause })
  }
}

function cannotListen(path: string, code: 'EADDRINUSE' | 'EEXIST' | 'EAGAIN', why: string, hint?: string): VoltError {
  const options = { errno: constants.errno[code], ...(hint !== undefined && { hint }) }
  return new VoltError('HOST_ERROR', `cannot listen on ${path}: ${why} (${code})`, options)
}
