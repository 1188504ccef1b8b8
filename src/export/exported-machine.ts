// A machine on its way to another program that starts it.
import type { RunnableVm } from '../run/runnable-vm.ts'
import { isSeedSource } from '../run/seed-disk.ts'

export interface ExportedMachine {
  project: string
  vm: RunnableVm
}

/** What of a machine is not the same where it goes. */
export interface ExportNote {
  /** As in the manifest: `disks.root.overlay`. */
  field: string
  message: string
  /** Whether what the field asks for is not there; else it is, and somebody has to know something. */
  isUnsupported: boolean
}

/** What the other program's objects are called. */
export function exportName({ project, vm }: ExportedMachine): string {
  return `volt-${project}-${vm.name}`
}

/** Of a machine for cloud-init, whose disk holds what no plan may. */
export function seedNotes({ sources }: Pick<RunnableVm, 'sources'>): ExportNote[] {
  const why = 'the machine does not start: its disk is made from the manifest, and a saved plan does not hold it'
  return Object.values(sources).some(isSeedSource) ? [unsupported('provision', why)] : []
}

export function unsupported(field: string, message: string): ExportNote {
  return { field, message, isUnsupported: true }
}

export function remark(field: string, message: string): ExportNote {
  return { field, message, isUnsupported: false }
}
