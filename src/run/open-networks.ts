// Opens what the network devices of a plan work on: taps, the host's or of private networks, and sockets to a passt each.
import { join } from 'node:path'
import type { OpenDescriptor } from '../host/open-descriptor.ts'
import { openBridgedTap } from '../host/open-bridged-tap.ts'
import { openTap } from '../host/open-tap.ts'
import { openVhost } from '../host/open-vhost.ts'
import { networkBackends, type NetworkBackends } from '../plan/backends.ts'
import type { VmFiles } from '../state/vm-files.ts'
import { VoltError } from '../volt-error.ts'
import { joinSegment } from './join-segment.ts'
import { parseNetworkSource } from './network-source.ts'
import type { RunnableVm } from './runnable-vm.ts'
import { startPasst } from './start-passt.ts'

type NetworkState = Pick<VmFiles, 'directory' | 'segments'>

/**
 * Adds to `files` by the names of the plan, also when it throws; the caller closes them, which ends what was started.
 * `state` has the directories of passt's logs and of private networks; without it there are no logs and no such networks.
 * Throws HOST_ERROR, PLAN_INVALID, NOT_BUILT, and USAGE for a private network without state.
 */
export async function openNetworks(
  { plan, sources }: Pick<RunnableVm, 'plan' | 'sources'>,
  files: Map<string, OpenDescriptor>,
  state?: NetworkState,
): Promise<void> {
  for (const network of networkBackends(plan)) {
    const opened = await openNetwork(plan.name, network, sources, state)
    for (const [index, descriptor] of opened.entries()) files.set(network.names[index] ?? '', descriptor)
    for (const name of network.vhost) files.set(name, await openVhost())
  }
}

async function openNetwork(
  vm: string,
  { id, transport, names, mac, mtu }: NetworkBackends,
  sources: RunnableVm['sources'],
  state: NetworkState | undefined,
): Promise<OpenDescriptor[]> {
  const source = parseNetworkSource(sources[names[0] ?? ''] ?? '')
  if (transport === 'tap' && source?.kind === 'tap') return openTap(source.name, names.length)
  if (transport === 'tap' && source?.kind === 'bridge') return openBridgedTap(source.name, names.length, mtu)
  if (transport === 'tap' && source?.kind === 'network') {
    if (state !== undefined) return joinSegment(state.segments, source.name, { vm, mac, mtu, queues: names.length })
    const message = `'${vm}' is on the private network '${source.name}', which only machines of a project can share`
    throw new VoltError('USAGE', message, { hint: 'start it with `volt apply`: `volt run` keeps no state' })
  }
  if (transport === 'stream' && source?.kind === 'user') {
    const log = state === undefined ? {} : { log: join(state.directory, `${id}.log`) }
    return [await startPasst({ ports: source.ports, mtu, ...log })]
  }
  throw new VoltError('PLAN_INVALID', `the plan does not say what its network '${id}' is attached to`)
}
