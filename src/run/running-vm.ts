// The record and files of a machine that must run.
import { describeState, readStatus } from '../state/vm-state.ts'
import type { VmFiles } from '../state/vm-files.ts'
import type { VmRecord } from '../state/vm-record.ts'
import { VoltError } from '../volt-error.ts'
import type { FoundVm } from './find-vm.ts'

/** Throws NOT_RUNNING. */
export async function requireRunning({ project, name }: FoundVm): Promise<{ files: VmFiles; record: VmRecord }> {
  const { state, files, record } = await readStatus(project, name)
  if (state.kind === 'running' && record !== undefined) return { files, record }
  throw new VoltError('NOT_RUNNING', `the machine '${name}' does not run: ${describeState(state)}`, {
    hint: '`volt apply FILE` starts it',
  })
}
