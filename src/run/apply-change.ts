// Carries out one VM's change. To be called with the project's lock held.
import type { FileHandle } from 'node:fs/promises'
import type { LimitsReport } from '../host/cgroup-limits.ts'
import { removeFile } from '../host/own-files.ts'
import type { ProcessIdentity } from '../host/process.ts'
import type { Project } from '../state/project-name.ts'
import { vmFiles } from '../state/vm-files.ts'
import { writeRecord, type VmRecord } from '../state/vm-record.ts'
import type { VmStatus } from '../state/vm-state.ts'
import { reserveRoom } from '../state/reserve-room.ts'
import { makeStateDirectory, writeState } from '../state/state-directory.ts'
import { askVmm } from './ask-vmm.ts'
import { abandonBackends, closeBackends, noBackends } from './backends.ts'
import type { Change } from './decide-change.ts'
import { forgetVm, removeOverlays } from './forget-vm.ts'
import { launchVmm } from './launch-vmm.ts'
import { changeLimits, limitMachine, type LimitedMachine } from './limit-machine.ts'
import { openBackends } from './open-backends.ts'
import { explainNetworks } from './open-networks.ts'
import { keptOverlays, ownOverlays } from './own-overlays.ts'
import { keeperLife } from './machine-life.ts'
import { machineUser } from './machine-user.ts'
import { powerOff } from './power-off.ts'
import { requireHugePages } from './require-placement.ts'
import { stopProcess } from './stop-vm.ts'
import { memoryBytes, planFileText, type RunnableVm } from './runnable-vm.ts'
import { keepBooted } from './running-version.ts'

export interface ApplyRequest {
  project: Project
  vm: RunnableVm
  status: VmStatus
  change: Change
  /** Not needed for a machine that does not start. */
  kvm?: FileHandle
  /** Whether overlays that a replacement leaves behind are removed. */
  deleteData: boolean
  signal?: AbortSignal
}

export interface Applied {
  name: string
  action: 'unchanged' | 'recorded' | 'changed' | 'started' | 'restarted' | 'replaced'
  pid: number
  /** Of a machine that is limited and was started or changed live. */
  limits?: LimitsReport
  digest: string
  reasons: string[]
  /** Paths of overlays that the machine does not use any more. */
  kept: string[]
}

/** Of the plan's size: the saved plan, its replacement by rename, the plan that the machine reads, and the record. */
const STARTS_WITH_FILES = 4
/** Overlays' headers, the first lines of logs and events. */
const OTHER_FILES_BYTES = 64 * 1024

/** Throws what openBackends and launchVmm throw, of a live change what askVmm does; then the VM does not run, and of its state only overlays are left. */
export async function applyChange(request: ApplyRequest): Promise<Applied> {
  const { vm, change, status } = request
  const kept = request.deleteData ? [] : change.leaves
  const result = { name: vm.name, digest: vm.digest, reasons: change.reasons.map(({ text }) => text), kept }
  const running = status.record
  switch (change.kind) {
    case 'none':
      return { ...result, action: 'unchanged', pid: existing(running).pid }
    case 'record':
      await writeDown(request)
      return { ...result, action: 'recorded', pid: existing(running).pid }
    case 'live':
      await keepBooted(status)
      for (const ask of change.requests) await askVmm(status.files.control, ask)
      return {
        ...result,
        action: 'changed',
        pid: existing(running).pid,
        ...(await writeDown(request, await newReport(request))),
      }
    case 'restart':
      await endFirst(request, async () => {
        if (change.stray !== undefined) await stopProcess(change.stray)
        else await powerOff(existing(running))
      })
      return { ...result, action: 'restarted', ...(await start(request)) }
    case 'replace':
      if (change.stops) await endFirst(request, () => powerOff(existing(running)))
      return { ...result, action: 'replaced', ...(await replace(request)) }
    case 'start':
      return { ...result, action: 'started', ...(await start(request)) }
  }
}

/** What cannot be written down afterwards does not end a machine that runs. */
async function endFirst({ vm, status: { files } }: ApplyRequest, end: () => Promise<unknown>): Promise<void> {
  const release = await reserveRoom(files.directory, STARTS_WITH_FILES * planFileText(vm).length + OTHER_FILES_BYTES)
  try {
    await end()
  } finally {
    await release()
  }
}

/** What runs is what the plan says. The plan goes first: without it the record's digest would vouch for another. */
async function writeDown(
  { vm, status: { files, record } }: ApplyRequest,
  limits?: LimitsReport,
): Promise<Pick<Applied, 'limits'>> {
  await writeState(files.plan, planFileText(vm))
  const { digest, spec: manifest = null, file = record?.file, life } = vm
  const said = { ...(file !== undefined && { file }), ...(life && { life }) }
  const told = { ...(limits && { limits }) }
  await writeRecord(files.record, { ...existing(record), digest, manifest, ...said, ...told })
  return told
}

/** Of a live change of limits: what the cgroup took. Throws HOST_ERROR where the machine insists on it. */
async function newReport({ vm, change, status }: ApplyRequest): Promise<LimitsReport | undefined> {
  if (change.limits === undefined) return undefined
  return changeLimits(existing(status.record).limits, change.limits, vm.life?.sandbox)
}

async function replace(request: ApplyRequest): Promise<Started> {
  const started = await start(request)
  if (request.deleteData) await removeOverlays(request.change.leaves, request.status.files)
  return started
}

type Started = Pick<Applied, 'pid' | 'limits'>

async function start({ project, vm, kvm, signal }: ApplyRequest): Promise<Started> {
  if (kvm === undefined) throw new TypeError('a machine starts with KVM open')
  const askedAt = new Date().toISOString()
  const files = vmFiles(project, vm.name)
  const written = keptOverlays(files)
  let limited: LimitedMachine | undefined
  let backends = noBackends()
  try {
    makeStateDirectory(files.directory)
    if (ownOverlays(vm).length > 0) makeStateDirectory(files.overlays)
    removeFile(files.booted)
    backends = await openBackends(vm, files)
    await requireHugePages(vm)
    limited = await limitMachine(vm.life, `${project.name}-${vm.name}`)
    const { report } = limited
    await writeState(files.plan, planFileText(vm))
    const { pid } = await launchVmm({
      plan: vm.plan,
      kvm,
      files: new Map([...vm.files, ...backends.files]),
      helpers: backends.helpers,
      life: { ...keeperLife(vm, files.directory), user: machineUser(project.name, vm.name) },
      vmFiles: files,
      ...(limited.cgroup && { cgroup: limited.cgroup }),
      onSpawn: (process) =>
        writeRecord(files.record, { ...recordOf(vm, process, askedAt), ...(report && { limits: report }) }),
      ...(signal !== undefined && { signal }),
    })
    await closeBackends(backends)
    return { pid, ...(report && { limits: report }) }
  } catch (error) {
    await abandonBackends(backends)
    await limited?.remove()
    await removeOverlays(keptOverlays(files), files, { except: written })
    await forgetVm(files, { deleteData: false })
    throw await explainNetworks(error, vm)
  } finally {
    await limited?.close()
  }
}

function recordOf(vm: RunnableVm, process: ProcessIdentity, askedAt: string): VmRecord {
  return {
    formatVersion: 1,
    name: vm.name,
    digest: vm.digest,
    manifest: vm.spec ?? null,
    ...(vm.file !== undefined && { file: vm.file }),
    ...(vm.life && { life: vm.life }),
    ...process,
    askedAt,
    startedAt: new Date().toISOString(),
    vcpus: vm.plan.vcpus.length,
    memoryBytes: memoryBytes(vm.plan),
    powerButton: vm.plan.devices.some(({ type }) => type === 'power'),
  }
}

function existing(record: VmRecord | undefined): VmRecord {
  if (record === undefined) throw new TypeError('a running VM has a record')
  return record
}
