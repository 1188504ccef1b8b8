// What a Pod may: nothing but the device, whatever its machine needs besides. Never privileged, no capability.
import type { IPodSecurityContext } from 'kubernetes-models/v1/PodSecurityContext'
import type { ISecurityContext } from 'kubernetes-models/v1/SecurityContext'
import type { RunnableVm } from '../../run/runnable-vm.ts'
import { CONTAINER_USER, whyNamespaces } from '../container-jail.ts'
import { needsLowPorts, PORTS_SYSCTL } from '../container-network.ts'
import { remark, type ExportNote } from '../exported-machine.ts'

export interface SecurityOptions {
  /** Group that may open /dev/kvm on the nodes, where not everybody may. */
  kvmGroup?: number
  /** Profile on the nodes (seccompProfile.localhostProfile) for machines that make namespaces. */
  seccompProfile?: string
}

export function podSecurity(vm: RunnableVm, { kvmGroup, seccompProfile }: SecurityOptions): IPodSecurityContext {
  const own =
    seccompProfile === undefined
      ? { type: 'Unconfined' as const }
      : { type: 'Localhost' as const, localhostProfile: seccompProfile }
  const makesNamespaces = whyNamespaces(vm) !== undefined
  return {
    runAsNonRoot: true,
    runAsUser: CONTAINER_USER,
    runAsGroup: CONTAINER_USER,
    ...(kvmGroup !== undefined && { supplementalGroups: [kvmGroup] }),
    seccompProfile: makesNamespaces ? own : { type: 'RuntimeDefault' },
    ...(makesNamespaces && { appArmorProfile: { type: 'Unconfined' } }),
    ...(needsLowPorts(vm) && { sysctls: [PORTS_SYSCTL] }),
  }
}

export const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
} satisfies ISecurityContext

export function securityNotes(vm: RunnableVm, { seccompProfile }: SecurityOptions): ExportNote[] {
  const why = whyNamespaces(vm)
  if (why === undefined) return []
  const profile = seccompProfile === undefined ? 'no seccomp profile and ' : ''
  return [remark('sandbox', `${why}: its Pod has ${profile}no AppArmor profile (volt-vmm has a filter of its own)`)]
}
