// The files of one VM's state directory.
import { join } from 'node:path'
import type { Project } from './project-name.ts'

export interface VmFiles {
  directory: string
  record: string
  /** The plan it runs, as an envelope. */
  plan: string
  /** What its process was started with, where it was changed since. */
  booted: string
  /** What the guest wrote to its console since it was applied, or the latest part of it. */
  console: string
  /** What came before, where that became too much for one file; as large at most. */
  olderConsole: string
  /** Where programs attach to the console: all that the guest writes, and what it reads. */
  consoleSocket: string
  /** Events of volt-vmm and its keeper, NDJSON. */
  events: string
  /** Standard error of both. */
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
    olderConsole: join(directory, 'console.log.1'),
    consoleSocket: join(directory, 'console.sock'),
    events: join(directory, 'events.ndjson'),
    errors: join(directory, 'vmm.log'),
    control: join(directory, 'control.sock'),
    overlays: join(directory, 'overlays'),
    segments: project.stateDirectory,
  }
}
