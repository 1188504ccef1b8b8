// Starts a machine again by the plan it was applied with. To be called with the project's lock held.
import { readFile, type FileHandle } from 'node:fs/promises'
import type { VmSpec } from '../manifest/spec.ts'
import { readStatus } from '../state/vm-state.ts'
import { VoltError } from '../volt-error.ts'
import { applyChange, type Applied } from './apply-change.ts'
import type { Change } from './decide-change.ts'
import type { FoundVm } from './find-vm.ts'
import { requireHelpers } from './helper-programs.ts'
import { openPlan } from './open-plan.ts'
import { requirePlacement } from './require-placement.ts'

/**
 * One that does not run is started. Throws what openPlan and applyChange throw, before anything is stopped where a file
 * has changed since.
 */
export async function restartVm({ project, name }: FoundVm, kvm: FileHandle, signal?: AbortSignal): Promise<Applied> {
  const status = await readStatus(project, name)
  const { record, state, files } = status
  if (record === undefined) {
    throw new VoltError('NOT_RUNNING', `nothing is known of how the machine '${name}' was started`, {
      hint: '`volt apply FILE` starts it',
    })
  }
  const text = await readFile(files.plan, 'utf8')
  const opened = await openPlan(files.plan, text)
  try {
    const spec = record.manifest as VmSpec | null
    const vm = { ...opened, ...(spec !== null && { spec }) }
    await requireHelpers(vm)
    await requirePlacement(vm)
    const kind = state.kind === 'running' ? 'restart' : 'start'
    const change: Change = {
      kind,
      reasons: [{ text: 'asked for' }],
      requests: [],
      leaves: [],
      stops: kind === 'restart',
    }
    const request = { project, vm, status, change, kvm, deleteData: false }
    return await applyChange({ ...request, ...(signal !== undefined && { signal }) })
  } finally {
    await Promise.all([...opened.files.values()].map((handle) => handle.close()))
  }
}
