// Starts the keeper of a machine as a process of its own and waits until the guest is about to run.
import { readFile, type FileHandle } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { Duplex } from 'node:stream'
import { requireVmm } from '../host/built-files.ts'
import { listenIn } from '../host/listen-socket.ts'
import type { FailedEvent, StartedEvent } from '../host/native-addon.ts'
import { fromNative } from '../host/native-error.ts'
import type { OpenDescriptor } from '../host/open-descriptor.ts'
import { freshFile, openOwn } from '../host/own-files.ts'
import type { ProcessIdentity } from '../host/process.ts'
import type { ChildEnd, SpawnedProcess } from '../host/spawn-process.ts'
import type { BootPlan } from '../plan/boot-plan.gen.ts'
import { EventLines } from '../state/event-lines.ts'
import type { VmFiles } from '../state/vm-files.ts'
import { VoltError } from '../volt-error.ts'
import type { HelperCommand } from './helper-command.ts'
import { keeperCommand, type KeeperDescriptors } from './keeper-arguments.ts'
import { spawnKeeper, startFailure } from './keeper-process.ts'
import type { MachineLife } from './machine-life.ts'
import { planFile } from './plan-descriptor.ts'

export interface LaunchRequest {
  plan: BootPlan
  kvm: FileHandle
  files: ReadonlyMap<string, OpenDescriptor>
  helpers: readonly HelperCommand[]
  life: MachineLife
  /** Whose removal the keeper takes over. */
  cgroup?: OpenDescriptor
  /** Existing directory; console, events and errors of an earlier run are replaced. */
  vmFiles: VmFiles
  /** Called once the process exists and before its guest runs. */
  onSpawn: (process: ProcessIdentity) => Promise<void>
  signal?: AbortSignal
}

const START_TIMEOUT_MS = 60_000

/** The keeper. Leaves no process behind when it throws: KVM_*, PLAN_INVALID, HOST_ERROR, START_FAILED or NOT_BUILT. */
export async function launchVmm(request: LaunchRequest): Promise<ProcessIdentity> {
  requireVmm()
  const opened: OpenDescriptor[] = []
  const keep = (handle: OpenDescriptor): OpenDescriptor => {
    opened.push(handle)
    return handle
  }
  try {
    const { vmFiles } = request
    return await startKeeper(request, {
      plan: keep(planFile(request.plan, vmFiles.directory)),
      kvm: request.kvm,
      logs: keep(openOwn(vmFiles.directory)),
      console: keep(await listenIn(dirname(vmFiles.consoleSocket), basename(vmFiles.consoleSocket))),
      events: keep(freshFile(vmFiles.events)),
      errors: keep(freshFile(vmFiles.errors)),
      control: keep(await listenIn(dirname(vmFiles.control), basename(vmFiles.control))),
      files: request.files,
      helpers: request.helpers,
      ...(request.cgroup && { cgroup: request.cgroup }),
    })
  } finally {
    await Promise.all(opened.map((handle) => handle.close()))
  }
}

async function startKeeper(request: LaunchRequest, descriptors: KeeperDescriptors): Promise<ProcessIdentity> {
  const command = keeperCommand(descriptors, request.life)
  const keeper = spawnKeeper(command)
  const events = keeper.pipe(command.eventsPipe)
  try {
    const started = firstEvent(events, keeper, request)
    started.catch(() => undefined)
    await request.onSpawn(keeper.identity)
    // It waits for that: what nobody wrote down does not start.
    events.write('\n')
    await started
    return keeper.identity
  } catch (error) {
    keeper.kill('SIGKILL')
    await keeper.ended().catch(() => undefined)
    throw error
  } finally {
    events.destroy()
  }
}

/** Returns when the guest has started; throws why it has not. */
async function firstEvent(events: Duplex, keeper: SpawnedProcess, request: LaunchRequest): Promise<void> {
  const timeout = AbortSignal.timeout(START_TIMEOUT_MS)
  const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal])
  const verdict = await firstOf(events, signal)
  if (verdict?.event === 'started') return
  if (verdict?.event === 'failed') throw fromNative(verdict)
  request.signal?.throwIfAborted()
  const end = await keeper.ended(signal).catch((): ChildEnd => [null, null])
  request.signal?.throwIfAborted()
  if (timeout.aborted) throw new VoltError('START_FAILED', 'volt-vmm did not start the guest within a minute')
  throw startFailure(end, await readFile(request.vmFiles.errors, 'utf8').catch(() => ''))
}

/** Whether it started or failed; undefined where nothing more is said. */
function firstOf(events: Duplex, signal: AbortSignal): Promise<StartedEvent | FailedEvent | undefined> {
  return new Promise((done) => {
    const lines = new EventLines()
    events.on('data', (chunk: Buffer) => {
      const told = lines.take(chunk).find(({ event }) => event === 'started' || event === 'failed')
      if (told !== undefined) done(told as StartedEvent | FailedEvent)
    })
    for (const end of ['end', 'close', 'error']) events.once(end, () => done(undefined))
    if (signal.aborted) done(undefined)
    signal.addEventListener('abort', () => done(undefined), { once: true })
  })
}
