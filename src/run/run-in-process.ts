// Runs a VM inside this process and reports how it ended.
import { createMachine, type MachineResources } from '../host/machine.ts'
import type { NativeMachine, StoppedEvent, VmEvent } from '../host/native-addon.ts'
import { callNative, fromNative } from '../host/native-error.ts'
import { startForeground, type Foreground } from './open-foreground.ts'
import { placementOf } from './machine-life.ts'
import { requireHugePages, requirePlacement } from './require-placement.ts'
import type { RunnableVm } from './runnable-vm.ts'
import { startHelpers } from './start-helper-programs.ts'

/** Who is told what a machine does. */
export interface ConsoleObserver {
  /** What the guest writes to its console. Must not block; the engine drops output that nobody takes. */
  onConsole: (chunk: Buffer) => void
  /** Every event, the last one too. Must not block. */
  onEvent?: (event: VmEvent) => void
}

/** A machine that runs in this process. */
export interface RunningVm extends Foreground {
  /** Paths of the sockets by which host programs reach the guest (docs/vsock.md). */
  vsocks: string[]
  /** Console input; the number of bytes that were taken. */
  write(input: Uint8Array): number
  /** The guest stands still when it returns. False where it has ended. */
  pause(): boolean
  /** The guest goes on, with the right time. False where it has ended. */
  resume(): boolean
  /** The terminal's size in characters, each from 1 to 65535; nothing to do without a virtio console. */
  resize(columns: number, rows: number): void
  /** Asks the machine to stop; `ended` follows. */
  stop(): void
}

/**
 * Overlays and sockets of Volt's own are temporary here. Limits of `resources` are of a process, and are none here. Throws KVM_*, PLAN_INVALID, HOST_ERROR or NOT_BUILT when the
 * guest cannot be started (one whose processors or huge pages the host lacks is a HOST_ERROR), FILE_UNREADABLE, DISK_INVALID or DISK_LOCKED of its disks, and CID_TAKEN of its vsock.
 */
export async function runInProcess(
  vm: Pick<RunnableVm, 'plan' | 'files' | 'sources' | 'life'>,
  observer: ConsoleObserver,
): Promise<RunningVm> {
  await requirePlacement(vm)
  await requireHugePages(vm)
  return startForeground(vm, async ({ helpers, ...resources }) => {
    const { files, end } = await startHelpers(helpers)
    try {
      const all = { ...resources, ...placementOf(vm.life), files: new Map([...resources.files, ...files]) }
      const running = startMachine(all, observer)
      return { ...running, ended: running.ended.finally(end) }
    } catch (error) {
      end()
      throw error
    } finally {
      await Promise.all([...files.values()].map((file) => file.close()))
    }
  })
}

function startMachine(resources: MachineResources, observer: ConsoleObserver): Omit<RunningVm, 'vsocks'> {
  let finish: (event: StoppedEvent) => void
  let fail: (error: Error) => void
  const ended = new Promise<StoppedEvent>((resolve, reject) => {
    finish = resolve
    fail = reject
  })
  let machine: NativeMachine | undefined = createMachine(
    resources,
    (event) => {
      observer.onEvent?.(event)
      if (event.event === 'failed') fail(fromNative(event))
      if (event.event === 'stopped') finish(event)
    },
    observer.onConsole,
  )
  const release = (): void => {
    machine?.close()
    machine = undefined
  }
  try {
    const starting = machine
    callNative(() => starting.start())
  } catch (error) {
    ended.catch(() => undefined)
    release()
    throw error
  }
  return {
    ended: ended.finally(release),
    write: (input) => machine?.write(input) ?? input.length,
    pause: () => machine?.pause() ?? false,
    resume: () => machine?.resume() ?? false,
    resize: (columns, rows) => void machine?.resize(columns, rows),
    stop: () => machine?.stop(),
  }
}
