// Runs a VM in a process of its own under a keeper, recorded nowhere: both end with this process, however it ends.
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { requireVmm } from '../host/built-files.ts'
import type { LimitsReport } from '../host/cgroup-limits.ts'
import type { ChildEnd, SpawnedProcess } from '../host/spawn-process.ts'
import { keeperCommand, type KeeperCommand } from './keeper-arguments.ts'
import { spawnKeeper } from './keeper-process.ts'
import { limitMachine, type LimitedMachine } from './limit-machine.ts'
import { foregroundLife } from './machine-life.ts'
import { machineUser } from './machine-user.ts'
import { followEnding } from './machine-ending.ts'
import { startForeground, type ForegroundResources } from './open-foreground.ts'
import { openOwnControl, type OwnControl } from './own-control.ts'
import type { ConsoleObserver, RunningVm } from './run-in-process.ts'
import { planFile } from './plan-descriptor.ts'
import { requireHugePages, requirePlacement } from './require-placement.ts'
import type { RunnableVm } from './runnable-vm.ts'

/** It does not stand still by request: Ctrl-Z is the guest's. */
export type JailedVm = Omit<RunningVm, 'pause' | 'resume'> & { limits?: LimitsReport }

/** Console input that waits to be sent, and what is kept of standard error. */
const MAX_WAITING_BYTES = 64 * 1024
const MAX_SAID_CHARACTERS = 4096
const STANDARD_ERROR = 2

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
  await requirePlacement(vm)
  await requireHugePages(vm)
  return startForeground<Omit<JailedVm, 'vsocks'>>(vm, async ({ plan, kvm, files, helpers }: ForegroundResources) => {
    const hasTerminal = plan.devices.some(({ type }) => type === 'virtio-console')
    const opened = planFile(plan)
    let control: OwnControl | undefined
    let limited: LimitedMachine | undefined
    try {
      limited = await limitMachine(vm.life, `run-${plan.name}-${process.pid}`)
      const { cgroup, report, remove } = limited
      if (hasTerminal) control = await openOwnControl()
      const user = machineUser(`run ${process.pid}`, plan.name)
      const listener = control === undefined ? {} : { control: control.listener }
      const descriptors = { plan: opened, kvm, files, helpers, ...listener, ...(cgroup && { cgroup }) }
      const command = keeperCommand(descriptors, { ...foregroundLife(vm), user })
      const machine = await startKeeper(command, observer, signal)
      return {
        ...machine,
        ...(report && { limits: report }),
        ended: machine.ended.finally(async () => {
          control?.close()
          // The keeper has done it, unless it was killed.
          await remove()
        }),
        resize: (columns, rows) => control?.tell({ request: 'resize', columns, rows }),
      }
    } catch (error) {
      control?.close()
      await limited?.remove()
      throw error
    } finally {
      await Promise.all([opened.close(), control?.listener.close(), limited?.close()])
    }
  })
}

async function startKeeper(
  command: KeeperCommand,
  observer: ConsoleObserver,
  signal?: AbortSignal,
): Promise<Pick<JailedVm, 'ended' | 'write' | 'stop'>> {
  signal?.throwIfAborted()
  const keeper = spawnKeeper(command)
  const kill = (): void => keeper.kill('SIGKILL')
  signal?.addEventListener('abort', kill, { once: true })
  const [errors, events] = [keeper.pipe(STANDARD_ERROR), keeper.pipe(command.eventsPipe)]
  const terminal = keeper.pipe(command.consolePipe ?? -1)
  const closed = endOf(keeper, [errors, events, terminal])
  const said = keepBeginning(errors)
  terminal.on('data', observer.onConsole)
  const ending = followEnding(events, observer.onEvent)
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
    stop: () => keeper.kill('SIGTERM'),
  }
}

/** Once all that it said is read, too. */
async function endOf(keeper: SpawnedProcess, sockets: readonly Socket[]): Promise<ChildEnd> {
  const closed = sockets.map((socket) => new Promise((done) => socket.on('error', () => undefined).once('close', done)))
  await Promise.all(closed)
  return keeper.ended()
}

function keepBeginning(stream: Readable): () => string {
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    if (text.length < MAX_SAID_CHARACTERS) text += chunk
  })
  return () => text
}
