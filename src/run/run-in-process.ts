// Runs a VM inside this process and reports how it ended.
import { rm } from 'node:fs/promises'
import { createMachine, type MachineResources } from '../host/machine.ts'
import type { NativeMachine, StoppedEvent, VmEvent } from '../host/native-addon.ts'
import { callNative, fromNative } from '../host/native-error.ts'
import { openKvm } from '../host/open-kvm.ts'
import type { OpenDescriptor } from '../host/open-descriptor.ts'
import { closeBackends, openBackends } from './open-backends.ts'
import { hasOwnSocket, makeSocketDirectory, vsockPaths } from './open-vsock.ts'
import type { RunnableVm } from './runnable-vm.ts'

export interface ConsoleObserver {
  /** What the guest writes to its console. Must not block; the engine drops output that nobody takes. */
  onConsole: (chunk: Buffer) => void
  onEvent?: (event: VmEvent) => void
}

export interface RunningVm {
  /** Settles when the guest has ended and everything is released. */
  ended: Promise<StoppedEvent>
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
 * Overlays and sockets of Volt's own are temporary here. Throws KVM_*, PLAN_INVALID, HOST_ERROR or NOT_BUILT when the
 * guest cannot be started, FILE_UNREADABLE, DISK_INVALID or DISK_LOCKED of its disks, and CID_TAKEN of its vsock.
 */
export async function runInProcess(
  vm: Pick<RunnableVm, 'plan' | 'files' | 'sources'>,
  observer: ConsoleObserver,
): Promise<RunningVm> {
  const kvm = await openKvm()
  let backends = new Map<string, OpenDescriptor>()
  let sockets: string | undefined
  const removeSockets = async (): Promise<void> => {
    if (sockets !== undefined) await rm(sockets, { recursive: true, force: true })
  }
  try {
    if (hasOwnSocket(vm)) sockets = await makeSocketDirectory()
    backends = await openBackends(vm, undefined, sockets)
    const machine = startMachine({ plan: vm.plan, kvm, files: new Map([...vm.files, ...backends]) }, observer)
    return { ...machine, ended: machine.ended.finally(removeSockets), vsocks: vsockPaths(vm, sockets ?? '') }
  } catch (error) {
    await removeSockets()
    throw error
  } finally {
    // The machine has duplicates of its own, which keep the locks.
    await closeBackends(backends)
    await kvm.close()
  }
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
