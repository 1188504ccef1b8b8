// How much a container's own confinement has to leave to Volt's.
import { DEFAULT_LIFE } from '../plan/life.ts'
import type { RunnableVm } from '../run/runnable-vm.ts'
import { hasUserNetwork } from './container-network.ts'

/** A user that no host has. Not nobody's, who may own what belongs to other namespaces. */
export const CONTAINER_USER = 64086

/**
 * Why the machine needs namespaces of its own within the container, which the engines' default profiles of seccomp and
 * AppArmor refuse; undefined where it does without. Then its process has the layers that it puts on itself, and the
 * container's namespaces.
 */
export function whyNamespaces(vm: RunnableVm): string | undefined {
  const { sandbox } = vm.life ?? DEFAULT_LIFE
  if (sandbox === 'strict') return '`sandbox: strict` makes namespaces within the container'
  return hasUserNetwork(vm) ? 'passt makes namespaces of its own' : undefined
}
