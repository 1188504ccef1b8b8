// Runs volt-unpack, the process that decompresses what came from outside.
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { VoltError } from '../volt-error.ts'
import { UNPACK_FILE } from './built-files.ts'

/** What it may take in real time, whatever it is given; its processor time is limited by itself. */
const TIMEOUT_MS = 300_000
const ERROR_CHARACTERS = 1000
const EXIT_DAMAGED = 3

/** The input's fault. */
export class UnpackFailure extends Error {
  override readonly name = 'UnpackFailure'
}

export interface UnpackRequest {
  /** Arguments of volt-unpack. */
  words: readonly string[]
  packed: Readable
  /** Takes what comes out, to the end or until it throws. */
  take: (unpacked: Readable) => Promise<void>
  signal?: AbortSignal
}

/** Throws UnpackFailure for what cannot be unpacked, NOT_BUILT, HOST_ERROR, and what `take` throws. */
export async function unpack({ words, packed, take, signal }: UnpackRequest): Promise<void> {
  if (!existsSync(UNPACK_FILE)) {
    throw new VoltError('NOT_BUILT', 'volt-unpack is not built', { hint: 'run `npm run setup` in the package' })
  }
  const child = spawn(UNPACK_FILE, words, {
    env: {},
    stdio: 'pipe',
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    ...(signal && { signal }),
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(0, ERROR_CHARACTERS)))
  const ended = endOf(child)
  // A child that ends early leaves a pipe that nobody reads: how it ended says why.
  const fed = pipeline(packed, child.stdin).catch((error: unknown) => error)
  const taken = await take(child.stdout).catch((error: unknown) => {
    child.kill('SIGKILL')
    // What is left in it has no reader, and the child has not ended before it has.
    child.stdout.destroy()
    return { error }
  })
  const { code, killedBy } = await ended
  const feeding = await fed
  if (taken !== undefined) throw taken.error
  if (code === 0 && feeding === undefined) return
  if (code === EXIT_DAMAGED || killedBy !== null) throw new UnpackFailure(said.trim() || reasonOf(killedBy))
  if (code === 0) throw feeding
  throw new VoltError('HOST_ERROR', `volt-unpack failed: ${said.trim() || `it ended with ${code}`}`)
}

interface End {
  code: number | null
  killedBy: NodeJS.Signals | null
}

/** Rejects where it could not be started, or was aborted. */
function endOf(child: ChildProcess): Promise<End> {
  const ended = new Promise<End>((resolve, reject) => {
    child.on('error', reject).on('close', (code, killedBy) => resolve({ code, killedBy }))
  })
  ended.catch(() => undefined)
  return ended
}

function reasonOf(signal: NodeJS.Signals | null): string {
  const isTime = signal === 'SIGXCPU' || signal === 'SIGKILL'
  return isTime
    ? 'it takes too long to unpack'
    : `its decompression ended by ${signal} (${constants.signals[signal ?? 'SIGKILL']})`
}
