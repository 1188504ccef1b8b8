// A machine on its way to another program that starts it.
import type { RunnableVm } from '../run/runnable-vm.ts'

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

export function unsupported(field: string, message: string): ExportNote {
  return { field, message, isUnsupported: true }
}

export function remark(field: string, message: string): ExportNote {
  return { field, message, isUnsupported: false }
}
