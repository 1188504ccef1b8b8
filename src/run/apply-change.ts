// Carries out one VM's change. To be called with the project's lock held.
import { existsSync } from 'node:fs'
import { readdir, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { OpenDescriptor } from '../host/open-descriptor.ts'
import type { ProcessIdentity } from '../host/process.ts'
import type { Project } from '../state/project.ts'
import { makeStateDirectory } from '../state/state-directory.ts'
import { vmFiles, type VmFiles } from '../state/vm-files.ts'
import { writeRecord, type VmRecord } from '../state/vm-record.ts'
import type { VmStatus } from '../state/vm-state.ts'
import { writeAtomic } from '../state/write-atomic.ts'
import { checkOverlayImages } from './check-overlay-images.ts'
import type { Change } from './decide-change.ts'
import { launchVmm } from './launch-vmm.ts'
import { closeBackends, hasOwnOverlays, openBackends } from './open-backends.ts'
import { powerOff } from './power-off.ts'
import { memoryBytes, planFileText, type RunnableVm } from './runnable-vm.ts'

export interface ApplyRequest {
  project: Project
  vm: RunnableVm
  status: VmStatus
  change: Change
  kvm: FileHandle
  signal?: AbortSignal
}

export interface Applied {
  name: string
  action: 'unchanged' | 'recorded' | 'started' | 'restarted'
  pid: number
  digest: string
  reasons: string[]
}

/** Throws what openBackends and launchVmm throw; then the VM does not run, and of its state only overlays are left. */
export async function applyChange(request: ApplyRequest): Promise<Applied> {
  const { vm, change, status } = request
  const result = { name: vm.name, digest: vm.digest, reasons: change.reasons }
  const running = status.record
  switch (change.kind) {
    case 'none':
      return { ...result, action: 'unchanged', pid: existing(running).pid }
    case 'record':
      await writeRecord(status.files.record, { ...existing(running), manifest: vm.spec ?? null })
      return { ...result, action: 'recorded', pid: existing(running).pid }
    case 'restart':
      await powerOff(existing(running))
      return { ...result, action: 'restarted', pid: await start(request) }
    case 'start':
      return { ...result, action: 'started', pid: await start(request) }
  }
}

async function start({ project, vm, kvm, signal }: ApplyRequest): Promise<number> {
  const files = vmFiles(project, vm.name)
  const kept = existsSync(files.overlays)
  let backends = new Map<string, OpenDescriptor>()
  try {
    await makeStateDirectory(files.directory)
    if (hasOwnOverlays(vm)) await makeStateDirectory(files.overlays)
    await checkOverlayImages(vm, files)
    backends = await openBackends(vm, files)
    await writeAtomic(files.plan, planFileText(vm))
    const { pid } = await launchVmm({
      plan: vm.plan,
      kvm,
      files: new Map([...vm.files, ...backends]),
      // A saved plan does not say.
      sandbox: vm.spec?.sandbox ?? 'best-effort',
      vmFiles: files,
      onSpawn: (process) => writeRecord(files.record, recordOf(vm, process)),
      ...(signal !== undefined && { signal }),
    })
    return pid
  } catch (error) {
    await forgetVm(files, kept)
    throw error
  } finally {
    await closeBackends(backends)
  }
}

/** Removes what a failed start leaves, but never what a guest wrote before it, nor the plan that says over what. */
async function forgetVm(files: VmFiles, keepOverlays: boolean): Promise<void> {
  if (!keepOverlays) return rm(files.directory, { recursive: true, force: true })
  for (const name of await readdir(files.directory)) {
    const path = join(files.directory, name)
    if (path !== files.overlays && path !== files.plan) await rm(path, { recursive: true, force: true })
  }
}

function recordOf(vm: RunnableVm, process: ProcessIdentity): VmRecord {
  return {
    formatVersion: 1,
    name: vm.name,
    digest: vm.digest,
    manifest: vm.spec ?? null,
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
