// Starts volt-vmm as a process of its own and waits until its guest is about to run.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, rm, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { requireVmm, VMM_FILE } from '../host/built-files.ts'
import type { StartedEvent } from '../host/native-addon.ts'
import { listenIn } from '../host/listen-socket.ts'
import { fromNative } from '../host/native-error.ts'
import type { OpenDescriptor } from '../host/open-descriptor.ts'
import { identifyChild, type ProcessIdentity } from '../host/process.ts'
import type { SandboxMode } from '../manifest/spec.ts'
import type { BootPlan } from '../plan/boot-plan.gen.ts'
import { parseEvent } from '../state/read-events.ts'
import type { VmFiles } from '../state/vm-files.ts'
import { VoltError } from '../volt-error.ts'
import { vmmCommand, type VmmDescriptors } from './vmm-arguments.ts'

export interface LaunchRequest {
  plan: BootPlan
  kvm: FileHandle
  files: ReadonlyMap<string, OpenDescriptor>
  sandbox: SandboxMode
  /** Existing directory; console, events and errors of an earlier run are replaced. */
  vmFiles: VmFiles
  /** Called once the process exists and before its guest runs. */
  onSpawn: (process: ProcessIdentity) => Promise<void>
  signal?: AbortSignal
}

const START_TIMEOUT_MS = 60_000

/** Leaves no process behind when it throws: KVM_*, PLAN_INVALID, HOST_ERROR, START_FAILED or NOT_BUILT. */
export async function launchVmm(request: LaunchRequest): Promise<StartedEvent> {
  requireVmm()
  const opened: OpenDescriptor[] = []
  const keep = async <Opened extends OpenDescriptor>(handle: Promise<Opened>): Promise<Opened> => {
    opened.push(await handle)
    return handle
  }
  try {
    const { vmFiles } = request
    return await spawnVmm(request, {
      plan: await keep(unlinkedFile(vmFiles.directory, JSON.stringify(request.plan))),
      kvm: request.kvm,
      console: await keep(freshFile(vmFiles.console)),
      events: await keep(freshFile(vmFiles.events)),
      errors: await keep(freshFile(vmFiles.errors)),
      control: await keep(listenIn(dirname(vmFiles.control), basename(vmFiles.control))),
      files: request.files,
    })
  } finally {
    await Promise.all(opened.map((handle) => handle.close()))
  }
}

async function spawnVmm(request: LaunchRequest, descriptors: VmmDescriptors): Promise<StartedEvent> {
  const { args, stdio, eventsPipe } = vmmCommand(descriptors, request.sandbox)
  const child = spawn(VMM_FILE, args, { detached: true, stdio, cwd: '/', env: {} })
  const exited = new Promise<void>((done) => child.once('exit', () => done()).once('error', () => done()))
  try {
    if (child.pid === undefined) throw await spawnError(child)
    const identity = identifyChild(child.pid)
    const events = child.stdio[eventsPipe] as Readable
    const started = firstEvent(events, child, request)
    started.catch(() => undefined)
    await request.onSpawn(identity)
    const event = await started
    events.destroy()
    child.unref()
    return event
  } catch (error) {
    if (child.pid !== undefined) {
      child.kill('SIGKILL')
      await exited
    }
    throw error
  }
}

async function spawnError(child: ChildProcess): Promise<VoltError> {
  const [cause] = (await once(child, 'error')) as [Error]
  return new VoltError('START_FAILED', `volt-vmm did not start: ${cause.message}`, { cause })
}

/** `started`, or why there was none. */
async function firstEvent(events: Readable, child: ChildProcess, request: LaunchRequest): Promise<StartedEvent> {
  const timeout = AbortSignal.timeout(START_TIMEOUT_MS)
  const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal])
  const lines = createInterface({ input: events, signal })
  const exit = once(child, 'exit', { signal }).catch(() => [])
  for await (const line of lines) {
    const event = parseEvent(line)
    if (event?.event === 'started') return event
    if (event?.event === 'failed') throw fromNative(event)
  }
  const [code, killedBy] = (await exit) as [number | null, string | null]
  request.signal?.throwIfAborted()
  if (timeout.aborted) throw new VoltError('START_FAILED', 'volt-vmm did not start the guest within a minute')
  const said = (await readFile(request.vmFiles.errors, 'utf8').catch(() => '')).trim()
  const how = killedBy === null ? `ended with status ${code}` : `was killed by ${killedBy}`
  throw new VoltError('START_FAILED', `volt-vmm ${how} before the guest started${said === '' ? '' : `: ${said}`}`)
}

/** A new file in place of an older one, which whoever reads it keeps. */
async function freshFile(path: string): Promise<FileHandle> {
  await rm(path, { force: true })
  return open(path, 'ax', 0o600)
}

/** A file without a name; its offset stays at the beginning. */
async function unlinkedFile(directory: string, content: string): Promise<FileHandle> {
  const path = join(directory, '.plan')
  await rm(path, { force: true })
  const handle = await open(path, 'wx+', 0o600)
  try {
    await rm(path)
    const bytes = Buffer.from(content)
    for (let written = 0; written < bytes.length;) {
      written += (await handle.write(bytes, written, bytes.length - written, written)).bytesWritten
    }
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}
