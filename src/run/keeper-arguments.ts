// The keeper and its volt-vmm take everything as open descriptors: this makes the descriptor table and the arguments that
// name its entries.
import type { FileHandle } from 'node:fs/promises'
import type { OpenDescriptor } from '../host/open-descriptor.ts'
import type { Descriptors } from '../host/spawn-process.ts'
import { helperArguments, type HelperCommand } from './helper-command.ts'
import type { MachineLife } from './machine-life.ts'

export interface KeeperDescriptors {
  plan: OpenDescriptor
  kvm: FileHandle
  /** Standard error; without it a pipe. */
  errors?: OpenDescriptor
  /** Where console.log is kept; without it there is none. */
  logs?: OpenDescriptor
  /** Without it they come by the pipe, all of them. */
  events?: OpenDescriptor
  /** Listening sockets. Without the console's a stream to the machine itself takes its place. */
  console?: OpenDescriptor
  control?: OpenDescriptor
  /** The machine's cgroup, which the keeper removes at its end. */
  cgroup?: OpenDescriptor
  /** By the ids of the plan's files and the names of its backends. */
  files: ReadonlyMap<string, OpenDescriptor>
  helpers: readonly HelperCommand[]
}

export interface KeeperCommand {
  args: string[]
  stdio: Descriptors
  /** Index in stdio of a pipe on which events arrive, until the guest has started where they are also kept. */
  eventsPipe: number
  /** Of the machine's own console, where nobody listens for readers. */
  consolePipe?: number
}

export function keeperCommand(descriptors: KeeperDescriptors, life: MachineLife): KeeperCommand {
  const stdio: (number | 'ignore' | 'pipe')[] = ['ignore', 'ignore', descriptors.errors?.fd ?? 'pipe']
  const own: string[] = ['keep', ...lifeArguments(life)]
  const machine: string[] = []
  const give = (args: string[], entry: number | 'pipe', option: string, prefix = ''): number => {
    const index = stdio.push(entry) - 1
    args.push(option, `${prefix}${index}`)
    return index
  }
  const ownConsole = descriptors.console === undefined ? { consolePipe: give(own, 'pipe', '--console') } : {}
  if (descriptors.console !== undefined) give(own, descriptors.console.fd, '--console-listener')
  if (descriptors.logs !== undefined) give(own, descriptors.logs.fd, '--log-directory')
  if (descriptors.events !== undefined) give(own, descriptors.events.fd, '--event-log')
  if (descriptors.cgroup !== undefined) give(own, descriptors.cgroup.fd, '--cgroup')
  const eventsPipe = give(own, 'pipe', descriptors.events === undefined ? '--event-log' : '--starter')
  for (const helper of descriptors.helpers) {
    own.push(...helperArguments(helper, helper.log === undefined ? undefined : stdio.push(helper.log.fd) - 1))
  }
  give(machine, descriptors.plan.fd, '--plan')
  give(machine, descriptors.kvm.fd, '--kvm')
  for (const [id, handle] of descriptors.files) give(machine, handle.fd, '--file', `${id}=`)
  if (descriptors.control !== undefined) give(machine, descriptors.control.fd, '--control')
  machine.push('--on-reset', life.onReset, '--sandbox', life.sandbox)
  if (life.pin !== undefined) machine.push('--pin', life.pin.join('/'))
  if (life.hugePages !== undefined) machine.push('--huge-pages', life.hugePages)
  return { args: [...own, '--', ...machine], stdio, eventsPipe, ...ownConsole }
}

function lifeArguments({ restart, sandbox, user, logBytes, readiness }: MachineLife): string[] {
  const policy = ['--restart', restart, '--sandbox', sandbox]
  if (user !== undefined) policy.push('--user', String(user))
  if (logBytes !== undefined) policy.push('--log-size', String(logBytes))
  if (readiness === undefined) return policy
  const timeout = ['--ready-timeout', String(readiness.timeoutMs)]
  if ('console' in readiness) return [...policy, ...timeout, '--ready-console', readiness.console]
  if ('vsock' in readiness) return [...policy, ...timeout, '--ready-vsock', `${readiness.vsock}=${readiness.path}`]
  return [...policy, ...timeout, '--ready-tcp', `${readiness.tcp}=${readiness.address}`]
}
