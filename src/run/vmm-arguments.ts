// volt-vmm takes everything as open descriptors: this makes the descriptor table and the arguments that name its entries.
import type { StdioOptions } from 'node:child_process'
import type { FileHandle } from 'node:fs/promises'
import type { OpenDescriptor } from '../host/open-descriptor.ts'
import type { SandboxMode } from '../manifest/spec.ts'

export interface VmmDescriptors {
  plan: FileHandle
  kvm: FileHandle
  console: FileHandle
  events: FileHandle
  errors: FileHandle
  /** A listening socket. */
  control: OpenDescriptor
  /** By the ids of the plan's files and the names of its backends. */
  files: ReadonlyMap<string, OpenDescriptor>
}

export interface VmmCommand {
  args: string[]
  stdio: StdioOptions
  /** Index in stdio of a pipe on which events arrive too. */
  eventsPipe: number
}

export function vmmCommand(descriptors: VmmDescriptors, sandbox: SandboxMode): VmmCommand {
  const stdio: (number | 'ignore' | 'pipe')[] = ['ignore', 'ignore', descriptors.errors.fd]
  const args: string[] = []
  const give = (entry: number | 'pipe', option: string, prefix = ''): number => {
    const index = stdio.push(entry) - 1
    args.push(option, `${prefix}${index}`)
    return index
  }
  give(descriptors.plan.fd, '--plan')
  give(descriptors.kvm.fd, '--kvm')
  for (const [id, handle] of descriptors.files) give(handle.fd, '--file', `${id}=`)
  give(descriptors.console.fd, '--console-out')
  give(descriptors.events.fd, '--events')
  give(descriptors.control.fd, '--control')
  const eventsPipe = give('pipe', '--events')
  // A guest that reboots boots again: nobody is there to start it anew.
  args.push('--on-reset', 'restart', '--sandbox', sandbox)
  return { args, stdio, eventsPipe }
}
