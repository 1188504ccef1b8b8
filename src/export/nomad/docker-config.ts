// What Nomad's docker driver gives a machine's container: the device, and nothing else.
import type { RunnableVm } from '../../run/runnable-vm.ts'
import { CONTAINER_USER, whyNamespaces } from '../container-jail.ts'
import { needsLowPorts, PORTS_SYSCTL } from '../container-network.ts'
import { hostPaths } from '../container-paths.ts'
import { remark, type ExportNote } from '../exported-machine.ts'
import type { DockerConfig } from './job-spec.ts'

export interface DockerOptions {
  image?: string
  args: string[]
  /** Labels. */
  ports: string[]
  kvmGroup?: number
}

const KVM = '/dev/kvm'

export function dockerUser(): string {
  return `${CONTAINER_USER}:${CONTAINER_USER}`
}

export function dockerConfig(vm: RunnableVm, { image = '', args, ports, kvmGroup }: DockerOptions): DockerConfig {
  const volumes = hostPaths(vm).map(
    ({ hostPath, containerPath, readOnly }) => `${hostPath}:${containerPath}${readOnly ? ':ro' : ''}`,
  )
  const unconfined = whyNamespaces(vm) === undefined ? [] : ['seccomp=unconfined', 'apparmor=unconfined']
  return {
    image,
    args,
    ...(ports.length > 0 && { ports }),
    devices: [{ host_path: KVM, container_path: KVM, cgroup_permissions: 'rw' }],
    ...(volumes.length > 0 && { volumes }),
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges', ...unconfined],
    ...(kvmGroup !== undefined && { group_add: [String(kvmGroup)] }),
    readonly_rootfs: true,
    ...(needsLowPorts(vm) && { sysctl: [{ [PORTS_SYSCTL.name]: PORTS_SYSCTL.value }] }),
  }
}

export function dockerNotes(vm: RunnableVm): ExportNote[] {
  const notes: ExportNote[] = []
  const why = whyNamespaces(vm)
  if (why !== undefined) {
    const message = `${why}: its container has no seccomp and no AppArmor profile (volt-vmm has a filter of its own)`
    notes.push(remark('sandbox', message))
  }
  if (hostPaths(vm).length > 0) {
    notes.push(remark('disks', 'volumes of the docker driver have to be enabled on the clients'))
  }
  return notes
}
