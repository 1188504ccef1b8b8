// The distribution's own package tool, which checks the signatures of what it fetches (apt-secure(8)).
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '../host/find-program.ts'
import { VoltError } from '../volt-error.ts'

/** Package lists: those of the system, which may be old or missing, or of our own, which anybody may fetch. */
export interface Apt {
  /** `query`: apt-cache; its output. Throws PULL_FAILED. */
  query(...words: string[]): Promise<string>
  /** Fetches package lists. Throws PULL_FAILED. */
  update(): Promise<void>
  /** Fetches a package into the directory. Throws PULL_FAILED. */
  download(name: string, directory: string): Promise<void>
}

const OUTPUT_MAX = 4 * 1024 * 1024
const ERRORS_SHOWN = 3

/** Throws HOST_ERROR where there is no apt. */
export async function requireApt(): Promise<void> {
  for (const program of ['apt-get', 'apt-cache']) {
    if ((await findProgram(program)) !== undefined) continue
    const hint =
      "fetch a kernel's package by this system's own tool, and `volt kernel import` the vmlinuz that is in it"
    const options = { errno: constants.errno.ENOENT, hint }
    throw new VoltError('HOST_ERROR', `\`volt kernel pull\` needs ${program}, which is not installed`, options)
  }
}

export function systemApt(signal?: AbortSignal): Apt {
  return aptWith([], signal)
}

/** With lists and caches in a directory of one's own: no rights are needed, and nothing of the system is written. */
export function ownApt(directory: string, signal?: AbortSignal): Apt {
  const options = [`Dir::State=${join(directory, 'state')}`, `Dir::Cache=${join(directory, 'cache')}`]
  return aptWith(
    options.flatMap((option) => ['-o', option]),
    signal,
  )
}

function aptWith(options: string[], signal: AbortSignal | undefined): Apt {
  const quiet = ['-qq', '-o', 'APT::Sandbox::User=root', ...options]
  return {
    query: (...words) => runTool('apt-cache', [...options, ...words], process.cwd(), signal),
    update: async () => void (await runTool('apt-get', [...quiet, 'update'], process.cwd(), signal)),
    download: async (name, directory) =>
      void (await runTool('apt-get', [...quiet, 'download', name], directory, signal)),
  }
}

function runTool(tool: string, words: string[], cwd: string, signal: AbortSignal | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, LC_ALL: 'C' }
    // Nobody answers: what cannot be authenticated is refused.
    const child = spawn(tool, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], ...(signal && { signal }) })
    const said = { out: '', errors: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out = (said.out + text).slice(0, OUTPUT_MAX)))
    child.stderr
      .setEncoding('utf8')
      .on('data', (text: string) => (said.errors = (said.errors + text).slice(0, OUTPUT_MAX)))
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) return resolve(said.out)
      reject(new VoltError('PULL_FAILED', `${tool} failed: ${errorsOf(said.errors) || `it ended with ${code}`}`))
    })
  })
}

/** The lines that begin with `E:`, without it. */
function errorsOf(text: string): string {
  const lines = text.split('\n').filter((line) => line.startsWith('E: '))
  return lines
    .slice(0, ERRORS_SHOWN)
    .map((line) => line.slice(3))
    .join('; ')
}
