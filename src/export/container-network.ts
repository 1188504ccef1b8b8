// What of a machine's networks a container can have: passt works in its network namespace as on a host.
import { networkBackends } from '../plan/backends.ts'
import type { PortForward } from '../manifest/ports.ts'
import { parseNetworkSource, type NetworkSource } from '../run/network-source.ts'
import type { RunnableVm } from '../run/runnable-vm.ts'

/** Below it a user without rights may not listen, where the kernel is not told otherwise. */
const FIRST_UNPRIVILEGED_PORT = 1024
/** net.* of the container's own network namespace (Kubernetes counts it among the safe ones). */
export const PORTS_SYSCTL = { name: 'net.ipv4.ip_unprivileged_port_start', value: '0' } as const

/** By the names of the networks, in the order of the devices. */
export function networkSources({ plan, sources }: RunnableVm): [name: string, source: NetworkSource][] {
  return networkBackends(plan).flatMap(({ id, names }) => {
    const source = parseNetworkSource(sources[names[0] ?? ''] ?? '')
    return source === undefined ? [] : [[id.replace(/^net-/, ''), source]]
  })
}

/** All that passt forwards, of one port and protocol once. */
export function forwardedPorts(vm: RunnableVm): PortForward[] {
  const ports = networkSources(vm).flatMap(([, source]) => (source.kind === 'user' ? source.ports : []))
  return [...new Map(ports.map((port) => [`${port.hostPort}/${port.protocol}`, port])).values()]
}

export function needsLowPorts(vm: RunnableVm): boolean {
  return forwardedPorts(vm).some(({ hostPort }) => hostPort < FIRST_UNPRIVILEGED_PORT)
}

export function hasUserNetwork(vm: RunnableVm): boolean {
  return networkSources(vm).some(([, { kind }]) => kind === 'user')
}
