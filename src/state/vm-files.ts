// The files of one VM's state directory.
import { join } from 'node:path'
import type { Project } from './project.ts'

export interface VmFiles {
  directory: string
  record: string
  /** The plan it runs, as an envelope. */
  plan: string
  /** What its process was started with, where it was changed since. */
  booted: string
  /** What the guest wrote to its console since it started. */
  console: string
  /** Events of volt-vmm, NDJSON. */
  events: string
  /** Standard error of volt-vmm. */
  errors: string
  /** Control socket of volt-vmm. */
  control: string
  /** Directory of overlays of Volt's own; there where a disk has one. */
  overlays: string
  /** The project's directory, where its private networks have their sockets and logs. */
  segments: string
}

export function vmFiles(project: Project, name: string): VmFiles {
  const directory = join(project.stateDirectory, name)
  return {
    directory,
    record: join(directory, 'record.json'),
    plan: join(directory, 'plan.json'),
    booted: join(directory, 'booted.json'),
    console: join(directory, 'console.log'),
    events: join(directory, 'events.ndjson'),
    errors: join(directory, 'vmm.log'),
    control: join(directory, 'control.sock'),
    overlays: join(directory, 'overlays'),
    segments: project.stateDirectory,
  }
}
