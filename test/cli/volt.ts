// Runs the built command line as a user would.
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const MAIN = fileURLToPath(new URL('../../dist/bin/volt.cjs', import.meta.url))
export const AMD_FACTS = fileURLToPath(new URL('../fixtures/host-facts/amd-epyc-pvm.json', import.meta.url))

if (!existsSync(MAIN)) throw new Error('dist/bin/volt.cjs is missing: run `npm run build:ts`')

export interface Ended {
  code: number | null
  signal: string | null
  stdout: string
  stderr: string
}

export interface VoltOptions {
  cwd: string
  env?: Record<string, string>
  /** Words put before node, such as setpriv and its options. */
  wrapper?: string[]
}

/** A directory with files, and a state home of its own; `remove` deletes both. */
export interface Workplace {
  directory: string
  stateHome: string
  volt(...args: string[]): Promise<Ended>
  start(args: string[], options?: Partial<VoltOptions>): ChildProcess
  finish(child: ChildProcess, input?: string | null): Promise<Ended>
  write(name: string, text: string): Promise<string>
  remove(): Promise<void>
}

const TIMEOUT_MS = 60_000

export async function makeWorkplace(files: Record<string, string> = {}): Promise<Workplace> {
  const root = await mkdtemp(join(tmpdir(), 'volt-test-'))
  const directory = join(root, 'lab')
  const stateHome = join(root, 'state')
  await mkdir(directory)
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(directory, name), text)
    return join(directory, name)
  }
  for (const [name, text] of Object.entries(files)) await write(name, text)
  const start = (args: string[], options: Partial<VoltOptions> = {}): ChildProcess => {
    const [command = process.execPath, ...before] = [...(options.wrapper ?? []), process.execPath]
    const env = { ...process.env }
    delete env['NO_COLOR']
    delete env['FORCE_COLOR']
    delete env['CI']
    return spawn(command, [...before, MAIN, ...args], {
      cwd: options.cwd ?? directory,
      env: { ...env, XDG_STATE_HOME: stateHome, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
  }
  return {
    directory,
    stateHome,
    write,
    start,
    finish,
    volt: (...args) => finish(start(args)),
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

/** Collects what the process says; kills it when it takes longer than a minute. `null` leaves its input open. */
export async function finish(child: ChildProcess, input: string | null = ''): Promise<Ended> {
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  child.stdout?.on('data', (chunk: Buffer) => chunks.stdout.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => chunks.stderr.push(chunk))
  child.stdin?.on('error', () => undefined)
  if (input !== null) child.stdin?.end(input)
  const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS)
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (...end: [number | null, string | null]) => resolve(end))
  })
  clearTimeout(timer)
  return {
    code,
    signal,
    stdout: Buffer.concat(chunks.stdout).toString(),
    stderr: Buffer.concat(chunks.stderr).toString(),
  }
}

/** A manifest of the guest that comes with Volt. */
export function helloManifest(
  fields: { name?: string; vcpus?: number; cmdline?: string; labels?: string; stopTimeout?: string } = {},
): string {
  const { name = 'hello', vcpus = 1, cmdline = '', labels = '', stopTimeout } = fields
  return `apiVersion: volt/v1
kind: MicroVM
metadata: { name: ${name}${labels === '' ? '' : `, labels: ${labels}`} }
kernel: { image: 'builtin:hello', cmdline: '${cmdline}' }
vcpus: ${vcpus}
${stopTimeout === undefined ? '' : `stopTimeout: ${stopTimeout}\n`}`
}
