// Runs a VM in a process of its own under a keeper, recorded nowhere: both end with this process, however it ends.
import { once } from 'node:events'
import type { FileHandle } from 'node:fs/promises'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { requireVmm } from '../host/built-files.ts'
import type { MachineResources } from '../host/machine.ts'
import { keeperCommand, type KeeperCommand } from './keeper-arguments.ts'
import { spawnKeeper, type ChildEnd } from './keeper-process.ts'
import { foregroundLife } from './machine-life.ts'
import { followEnding } from './machine-ending.ts'
import { temporaryFile } from './open-disk.ts'
import { startForeground } from './open-foreground.ts'
import { openOwnControl, type OwnControl } from './own-control.ts'
import type { ConsoleObserver, RunningVm } from './run-in-process.ts'
import type { RunnableVm } from './runnable-vm.ts'

/** It does not stand still by request: Ctrl-Z is the guest's. */
export type JailedVm = Omit<RunningVm, 'pause' | 'resume'>

/** Console input that waits to be sent, and what is kept of standard error. */
const MAX_WAITING_BYTES = 64 * 1024
const MAX_SAID_CHARACTERS = 4096

/**
 * Returns when the guest runs. Overlays and sockets of Volt's own are temporary. Throws what runInProcess does and
 * START_FAILED, and the signal's reason when it is aborted before; then no process is left.
 */
export async function runJailed(
  vm: Pick<RunnableVm, 'plan' | 'files' | 'sources' | 'life'>,
  observer: ConsoleObserver,
  signal?: AbortSignal,
): Promise<JailedVm> {
  requireVmm()
  return startForeground(vm, async ({ plan, kvm, files }: MachineResources) => {
    const hasTerminal = plan.devices.some(({ type }) => type === 'virtio-console')
    const planFile = await writtenFile(JSON.stringify(plan))
    let control: OwnControl | undefined
    try {
      if (hasTerminal) control = await openOwnControl()
      const listener = control === undefined ? {} : { control: control.listener }
      const command = keeperCommand({ plan: planFile, kvm, files, ...listener }, foregroundLife(vm))
      const machine = await startKeeper(command, observer, signal)
      return {
        ...machine,
        ended: machine.ended.finally(() => control?.close()),
        resize: (columns, rows) => control?.tell({ request: 'resize', columns, rows }),
      }
    } catch (error) {
      control?.close()
      throw error
    } finally {
      await Promise.all([planFile.close(), control?.listener.close()])
    }
  })
}

async function startKeeper(
  command: KeeperCommand,
  observer: ConsoleObserver,
  signal?: AbortSignal,
): Promise<Pick<JailedVm, 'ended' | 'write' | 'stop'>> {
  signal?.throwIfAborted()
  const child = await spawnKeeper(command)
  const kill = (): void => void child.kill('SIGKILL')
  signal?.addEventListener('abort', kill, { once: true })
  const closed = once(child, 'close') as Promise<ChildEnd>
  const said = keepBeginning(child.stderr)
  const terminal = child.stdio[command.consolePipe ?? -1] as Socket
  terminal.on('data', observer.onConsole).on('error', () => undefined)
  const ending = followEnding(child.stdio[command.eventsPipe] as Socket, observer.onEvent)
  const ended = closed.then((end) => ending.after(end, said()))
  ended.catch(() => undefined)
  try {
    // A machine that was stopped before it started has ended, too.
    await Promise.race([ending.started, ended])
    signal?.throwIfAborted()
  } catch (error) {
    kill()
    await closed
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', kill)
  }
  return {
    ended,
    write: (input) => {
      if (!terminal.writable) return input.length
      if (terminal.writableLength > MAX_WAITING_BYTES) return 0
      // The caller may use its buffer again.
      terminal.write(Buffer.from(input))
      return input.length
    },
    stop: () => void child.kill('SIGTERM'),
  }
}

function keepBeginning(stream: Readable | null): () => string {
  let text = ''
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    if (text.length < MAX_SAID_CHARACTERS) text += chunk
  })
  return () => text
}

/** Without a name; its reader goes to the beginning itself. */
async function writtenFile(content: string): Promise<FileHandle> {
  const handle = await temporaryFile('volt-plan')
  try {
    await handle.writeFile(content)
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}
