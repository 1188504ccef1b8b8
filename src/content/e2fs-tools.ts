// The programs of e2fsprogs that make and fill an ext4 file system.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { findProgram } from '../host/find-program.ts'
import { VoltError } from '../volt-error.ts'

export interface E2fsTools {
  mke2fs: string
  debugfs: string
  /** Of both, as `mke2fs -V` says it. */
  version: string
}

export interface ToolOutcome {
  code: number
  /** Beginnings of what it wrote. */
  stdout: string
  stderr: string
}

/** Seconds since the epoch that the programs take for now. 0 would be the host's clock. */
export const FIXED_TIME = 1
const SHOWN_CHARACTERS = 65536
/** A large image takes seconds; a debugfs that reads a file system which never ends, none of them. */
const TIMEOUT_MS = 600_000

/** Throws HOST_ERROR where one is missing. */
export async function findE2fsTools(): Promise<E2fsTools> {
  const [mke2fs, debugfs] = [await find('mke2fs'), await find('debugfs')]
  const { stdout, stderr } = await runTool(mke2fs, ['-V'])
  return { mke2fs, debugfs, version: (stderr || stdout).split('\n')[0] ?? '' }
}

async function find(name: string): Promise<string> {
  // Where they are is in the PATH of root alone.
  const path = await findProgram(name, [`/usr/sbin/${name}`, `/sbin/${name}`])
  if (path !== undefined) return path
  const options = { errno: constants.errno.ENOENT, hint: 'install the package e2fsprogs' }
  throw new VoltError('HOST_ERROR', `a disk that is made from files needs ${name}, which is not installed`, options)
}

/** `input` is lines. Never rejects for what the program says, nor for input that it does not read. Throws HOST_ERROR where a signal ended it, and the signal's reason. */
export function runTool(
  program: string,
  words: readonly string[],
  { input = [], signal }: { input?: Iterable<string>; signal?: AbortSignal } = {},
): Promise<ToolOutcome> {
  return new Promise((resolve, reject) => {
    const now = String(FIXED_TIME)
    // What a host's mke2fs.conf says is not for this file system.
    const env = {
      LC_ALL: 'C.UTF-8',
      E2FSPROGS_FAKE_TIME: now,
      SOURCE_DATE_EPOCH: now,
      MKE2FS_CONFIG: '/nonexistent/mke2fs.conf',
    }
    const child = spawn(program, words, {
      env,
      stdio: 'pipe',
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
      ...(signal && { signal }),
    })
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        if (said[name].length < SHOWN_CHARACTERS) said[name] += text
      })
    }
    // Of input that the program does not read, its words and code say why; one that cannot be made ends all.
    pipeline(Readable.from(endedLines(input)), child.stdin).catch((error: unknown) => {
      if (!(error instanceof VoltError)) return
      child.kill('SIGKILL')
      reject(error instanceof Error ? error : new Error(String(error)))
    })
    child.on('error', (error) => reject(signal?.aborted === true ? (signal.reason as Error) : error))
    child.on('close', (code, killedBy) => {
      if (code !== null) return resolve({ code, ...said })
      reject(new VoltError('HOST_ERROR', `${program} was ended by ${killedBy ?? 'a signal'}`))
    })
  })
}

function* endedLines(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`
}
