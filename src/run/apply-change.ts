// Carries out one VM's change. To be called with the project's lock held.
import { rm, type FileHandle } from 'node:fs/promises'
import type { OpenDescriptor } from '../host/open-descriptor.ts'
import type { ProcessIdentity } from '../host/process.ts'
import type { Project } from '../state/project.ts'
import { vmFiles } from '../state/vm-files.ts'
import { writeRecord, type VmRecord } from '../state/vm-record.ts'
import type { VmStatus } from '../state/vm-state.ts'
import { makeStateDirectory, writeState } from '../state/state-directory.ts'
import { askVmm } from './ask-vmm.ts'
import type { Change } from './decide-change.ts'
import { forgetVm, removeOverlays } from './forget-vm.ts'
import { launchVmm } from './launch-vmm.ts'
import { closeBackends, openBackends } from './open-backends.ts'
import { keptOverlays, ownOverlays } from './own-overlays.ts'
import { keeperLife } from './machine-life.ts'
import { powerOff } from './power-off.ts'
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
  digest: string
  reasons: string[]
  /** Paths of overlays that the machine does not use any more. */
  kept: string[]
}

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
      await writeDown(request)
      return { ...result, action: 'changed', pid: existing(running).pid }
    case 'restart':
      if (change.stray !== undefined) await stopProcess(change.stray)
      else await powerOff(existing(running))
      return { ...result, action: 'restarted', pid: await start(request) }
    case 'replace':
      if (change.stops) await powerOff(existing(running))
      return { ...result, action: 'replaced', pid: await replace(request) }
    case 'start':
      return { ...result, action: 'started', pid: await start(request) }
  }
}

/** What runs is what the plan says. The plan goes first: without it the record's digest would vouch for another. */
async function writeDown({ vm, status: { files, record } }: ApplyRequest): Promise<void> {
  await writeState(files.plan, planFileText(vm))
  const { digest, spec: manifest = null, file = record?.file, life } = vm
  const said = { ...(file !== undefined && { file }), ...(life && { life }) }
  await writeRecord(files.record, { ...existing(record), digest, manifest, ...said })
}

async function replace(request: ApplyRequest): Promise<number> {
  const pid = await start(request)
  if (request.deleteData) await removeOverlays(request.change.leaves, request.status.files)
  return pid
}

async function start({ project, vm, kvm, signal }: ApplyRequest): Promise<number> {
  if (kvm === undefined) throw new TypeError('a machine starts with KVM open')
  const files = vmFiles(project, vm.name)
  const written = await keptOverlays(files)
  let backends = new Map<string, OpenDescriptor>()
  try {
    await makeStateDirectory(files.directory)
    if (ownOverlays(vm).length > 0) await makeStateDirectory(files.overlays)
    await rm(files.booted, { force: true })
    backends = await openBackends(vm, files)
    await writeState(files.plan, planFileText(vm))
    const { pid } = await launchVmm({
      plan: vm.plan,
      kvm,
      files: new Map([...vm.files, ...backends]),
      life: keeperLife(vm, files.directory),
      vmFiles: files,
      onSpawn: (process) => writeRecord(files.record, recordOf(vm, process)),
      ...(signal !== undefined && { signal }),
    })
    return pid
  } catch (error) {
    await removeOverlays(await keptOverlays(files), files, { except: written })
    await forgetVm(files, { deleteData: false })
    throw error
  } finally {
    await closeBackends(backends)
  }
}

function recordOf(vm: RunnableVm, process: ProcessIdentity): VmRecord {
  return {
    formatVersion: 1,
    name: vm.name,
    digest: vm.digest,
    manifest: vm.spec ?? null,
    ...(vm.file !== undefined && { file: vm.file }),
    ...(vm.life && { life: vm.life }),
    ...process,
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
