// What the network devices of a plan work on: taps, the host's or of private networks, which are opened, and a passt each.
import { join } from 'node:path'
import type { OpenDescriptor } from '../host/open-descriptor.ts'
import { openBridgedTap } from '../host/open-bridged-tap.ts'
import { openTap } from '../host/open-tap.ts'
import { requireVhost, VHOST_NET } from '../host/require-vhost.ts'
import { networkBackends, type NetworkBackends } from '../plan/backends.ts'
import type { VmFiles } from '../state/vm-files.ts'
import { VoltError } from '../volt-error.ts'
import { joinSegment } from './join-segment.ts'
import { parseNetworkSource, type NetworkSource } from './network-source.ts'
import type { RunnableVm } from './runnable-vm.ts'
import type { Backends } from './backends.ts'
import { explainPasst, passtCommand } from './passt-command.ts'

type NetworkState = Pick<VmFiles, 'directory' | 'segments'>

/**
 * Adds to `backends` by the names of the plan, also when it throws; the caller closes them. `state` has the directories of passt's logs and of private networks; without it there are no logs and no such networks. Throws HOST_ERROR, PLAN_INVALID, NOT_BUILT, and USAGE for a private network without state.
 */
export async function openNetworks(
  { plan, sources }: Pick<RunnableVm, 'plan' | 'sources'>,
  { files, helpers }: Pick<Backends, 'files' | 'helpers'>,
  state?: NetworkState,
): Promise<void> {
  for (const network of networkBackends(plan)) {
    const source = parseNetworkSource(sources[network.names[0] ?? ''] ?? '')
    if (network.transport === 'stream' && source?.kind === 'user') {
      const log = state === undefined ? {} : { log: join(state.directory, `${network.id}.log`) }
      helpers.push(await passtCommand(network.names[0] ?? '', { ports: source.ports, mtu: network.mtu, ...log }))
      continue
    }
    const opened = await openTaps(plan.name, network, source, state)
    for (const [index, descriptor] of opened.entries()) files.set(network.names[index] ?? '', descriptor)
    if (network.vhost.length > 0) await requireVhost()
    for (const name of network.vhost) helpers.push({ name, kind: 'device', program: VHOST_NET, args: [] })
  }
}

/** Why what is started with the machine did not start, as far as a port of the host is the reason. */
export async function explainNetworks(
  error: unknown,
  { plan, sources }: Pick<RunnableVm, 'plan' | 'sources'>,
): Promise<unknown> {
  const ports = networkBackends(plan)
    .map(({ names }) => parseNetworkSource(sources[names[0] ?? ''] ?? ''))
    .flatMap((source) => (source?.kind === 'user' ? source.ports : []))
  return explainPasst(error, ports)
}

async function openTaps(
  vm: string,
  { id, transport, names, mac, mtu }: NetworkBackends,
  source: NetworkSource | undefined,
  state: NetworkState | undefined,
): Promise<OpenDescriptor[]> {
  if (transport === 'tap' && source?.kind === 'tap') return openTap(source.name, names.length)
  if (transport === 'tap' && source?.kind === 'bridge') return openBridgedTap(source.name, names.length, mtu)
  if (transport === 'tap' && source?.kind === 'network') {
    if (state !== undefined) return joinSegment(state.segments, source.name, { vm, mac, mtu, queues: names.length })
    const message = `'${vm}' is on the private network '${source.name}', which only machines of a project can share`
    throw new VoltError('USAGE', message, { hint: 'start it with `volt apply`: `volt run` keeps no state' })
  }
  throw new VoltError('PLAN_INVALID', `the plan does not say what its network '${id}' is attached to`)
}
