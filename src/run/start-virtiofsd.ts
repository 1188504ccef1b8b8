// Starts a virtiofsd (https://virtio-fs.gitlab.io), which serves a directory to a guest, and ends when its socket hangs up.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { connectIn, listenIn } from '../host/listen-socket.ts'
import type { OpenDescriptor } from '../host/open-descriptor.ts'
import { VoltError } from '../volt-error.ts'
import { answersAsBackEnd } from './ask-back-end.ts'
import { findVirtiofsd, type Virtiofsd } from './find-virtiofsd.ts'
import { helperEnvironment } from './helper-programs.ts'
import { startLog, type HelperLog } from './start-log.ts'

export interface ShareOptions {
  /** Absolute path. */
  directory: string
  readOnly: boolean
  cache: 'auto' | 'none' | 'always'
  /** Path of its log; an earlier one is replaced. */
  log?: string
}

const START_TIMEOUT_MS = 10_000
/** Its listening socket's place in its descriptor table. */
const SOCKET = 3
const LOG_READ = 1 << 16
const LOG_SHOWN = 500

/**
 * The engine's connection; closing the last copy ends virtiofsd. A session of its own: no signal of a terminal ends it.
 * Throws HOST_ERROR or NOT_BUILT, and leaves nothing.
 */
export async function startVirtiofsd(options: ShareOptions): Promise<OpenDescriptor> {
  const daemon = await findVirtiofsd()
  if (daemon.kind === 'qemu' && process.geteuid?.() !== 0) {
    throw new VoltError('HOST_ERROR', `a share needs root here: ${daemon.path} runs as nobody else`, {
      errno: 1,
      hint: 'run volt as root, or install the virtiofsd that is written in Rust (https://gitlab.com/virtio-fs/virtiofsd)',
    })
  }
  const log = await openLog(options.log)
  let relay: HelperLog | undefined
  let connection: OpenDescriptor | undefined
  try {
    relay = await startLog(log.fd)
    const { listener, connected } = await connectedPair()
    connection = connected
    const child = await spawned(daemon, options, listener, relay.input).finally(() => listener.close())
    if (!(await answersInTime(child, connection))) {
      child.kill('SIGKILL')
      await relay.settle()
      throw new VoltError('HOST_ERROR', `virtiofsd did not start: ${await lastWords(log)}`, {
        hint: 'its package documents what it says: man virtiofsd',
      })
    }
    child.unref()
    return connection
  } catch (error) {
    await connection?.close()
    throw error
  } finally {
    relay?.input.destroy()
    await log.close()
  }
}

/** virtiofsd takes a socket that listens, and serves the first that connects: this one, before anybody else can. */
async function connectedPair(): Promise<{ listener: OpenDescriptor; connected: OpenDescriptor }> {
  const directory = await mkdtemp(join(tmpdir(), 'volt-'))
  try {
    const listener = await listenIn(directory, 's')
    try {
      return { listener, connected: await connectIn(directory, 's') }
    } catch (error) {
      await listener.close()
      throw error
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Without a path it has no name and is gone when nobody has it open. */
async function openLog(path: string | undefined): Promise<FileHandle> {
  if (path !== undefined) {
    await rm(path, { force: true })
    return open(path, 'ax+', 0o600)
  }
  const directory = await mkdtemp(join(tmpdir(), 'volt-'))
  try {
    return await open(join(directory, 'log'), 'ax+', 0o600)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function spawned(
  daemon: Virtiofsd,
  options: ShareOptions,
  listener: OpenDescriptor,
  log: Writable,
): Promise<ChildProcess> {
  const [program = '', ...args] = virtiofsdCommand(daemon, options)
  const stdio = ['ignore', log, log, listener.fd] as const
  const child = spawn(program, args, { stdio: [...stdio], cwd: '/', env: helperEnvironment(), detached: true })
  log.destroy()
  return new Promise((done, fail) => {
    child.once('spawn', () => done(child))
    child.once('error', (cause: NodeJS.ErrnoException) => {
      const errno = cause.errno === undefined ? {} : { errno: Math.abs(cause.errno) }
      fail(new VoltError('HOST_ERROR', `virtiofsd did not start: ${cause.message}`, { ...errno, cause }))
    })
  })
}

/** Makes a mount namespace of its own with the directory read-only in it, then becomes what its arguments say. */
const READ_ONLY = 'mount --bind -- "$0" "$0" && mount -o remount,bind,ro -- "$0" && exec "$@"'

/** QEMU's virtiofsd has no option for a directory that is only read. */
export function virtiofsdCommand({ path, kind }: Virtiofsd, { directory, readOnly, cache }: ShareOptions): string[] {
  if (kind === 'rust') {
    const modes = { auto: 'auto', none: 'never', always: 'always' }
    const reading = readOnly ? ['--readonly'] : []
    return [path, '--fd', String(SOCKET), '--shared-dir', directory, '--cache', modes[cache], ...reading]
  }
  const daemon = [path, '-f', `--fd=${SOCKET}`, '-o', `source=${escapeOption(directory)}`, '-o', `cache=${cache}`]
  return readOnly ? ['unshare', '--mount', '--', 'sh', '-c', READ_ONLY, directory, ...daemon] : daemon
}

/** Options of FUSE are separated by commas. */
function escapeOption(value: string): string {
  return value.replaceAll(/[\\,]/g, '\\$&')
}

async function answersInTime(child: ChildProcess, connection: OpenDescriptor): Promise<boolean> {
  // Its end is the end of its socket, and so of what is waited for.
  const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS)
  try {
    return await answersAsBackEnd(connection)
  } finally {
    clearTimeout(timer)
  }
}

async function lastWords(log: FileHandle): Promise<string> {
  const { buffer, bytesRead } = await log.read(Buffer.alloc(LOG_READ), 0, LOG_READ, 0)
  const words = buffer
    .toString('utf8', 0, bytesRead)
    .trim()
    .replaceAll(/\s*\n\s*/g, '; ')
  return words === '' ? 'it was silent' : words.slice(-LOG_SHOWN)
}
