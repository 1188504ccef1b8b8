// What `volt exec` does.
import { findVm } from '../../run/find-vm.ts'
import type { CommandOutput } from '../../run/guest-command.ts'
import { connectToGuest, requireVsockSocket } from '../../run/reach-agent.ts'
import { requireRunning } from '../../run/running-vm.ts'
import { VoltError } from '../../volt-error.ts'
import type { Context } from '../context.ts'
import { converseInGuest, exitCodeOfEnd } from '../converse-in-guest.ts'
import type { EscapeKey } from '../escape-key.ts'
import type { Output } from '../output.ts'
import { Tamer } from '../render/tame-console.ts'
import { terminalRequest } from '../terminal-request.ts'

export interface ExecOptions {
  timeout?: number
  env?: string[]
  cwd?: string
  stdin?: true
  tty?: true
  raw?: true
  escape: EscapeKey
  json?: true
  project?: string
}

/** Of both streams together, where they are kept for --json. */
const JSON_MAX_BYTES = 16 * 1024 * 1024

export async function exec(context: Context, name: string, words: string[], options: ExecOptions): Promise<void> {
  if (options.tty && options.json) throw new VoltError('USAGE', '--tty and --json are one too many')
  const wanted = options.tty ? terminalRequest() : { variables: [] }
  const { files } = await requireRunning(await findVm(name, options.project, process.cwd()))
  const socket = await connectToGuest(await requireVsockSocket(name, files))
  const sink = options.json ? new Collected() : new Shown(context, options.tty === true || options.raw === true)
  const request = {
    ...wanted,
    words,
    variables: [...wanted.variables, ...(options.env ?? [])],
    ...(options.cwd !== undefined && { directory: options.cwd }),
  }
  const end = await converseInGuest(context, socket, request, {
    input: options.tty ? options.escape : options.stdin ? 'stream' : 'none',
    ...(options.timeout !== undefined && { timeoutMs: options.timeout }),
    take: (output) => sink.take(output),
  })
  await sink.finish()
  if (end === undefined) return context.stderr.line(`\nleft ${name}: what ran there is ended`)
  if (sink instanceof Collected) {
    const { stdout, stderr } = sink
    const ending = { exitCode: exitCodeOfEnd(end), signal: 'signal' in end ? end.signal : null }
    await context.stdout.line(
      JSON.stringify({ formatVersion: 1, ...ending, stdout: stdout.toString(), stderr: stderr.toString() }),
    )
  }
  context.exitCode = exitCodeOfEnd(end)
}

/** To this process's streams; what goes to a terminal is tamed unless it `isRaw`. */
class Shown {
  private readonly context: Context
  private readonly tamers: Partial<Record<CommandOutput['stream'], Tamer>> = {}

  constructor(context: Context, isRaw: boolean) {
    this.context = context
    for (const stream of ['stdout', 'stderr'] as const) {
      if (this.sink(stream).isTTY && !isRaw) this.tamers[stream] = new Tamer()
    }
  }

  async take({ stream, bytes }: CommandOutput): Promise<void> {
    await this.sink(stream).write(this.tamers[stream]?.write(bytes) ?? bytes)
  }

  async finish(): Promise<void> {
    for (const stream of ['stdout', 'stderr'] as const) {
      await this.sink(stream).write(this.tamers[stream]?.end() ?? '')
    }
  }

  private sink(stream: CommandOutput['stream']): Output {
    return this.context[stream]
  }
}

class Collected {
  private readonly chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  private bytes = 0

  take({ stream, bytes }: CommandOutput): Promise<void> {
    this.bytes += bytes.length
    if (this.bytes > JSON_MAX_BYTES) {
      throw new VoltError('USAGE', 'the command writes more than 16 MiB, too much for --json', {
        hint: 'without --json it may write what it wants',
      })
    }
    this.chunks[stream].push(Buffer.from(bytes))
    return Promise.resolve()
  }

  finish(): Promise<void> {
    return Promise.resolve()
  }

  get stdout(): Buffer {
    return Buffer.concat(this.chunks.stdout)
  }

  get stderr(): Buffer {
    return Buffer.concat(this.chunks.stderr)
  }
}
