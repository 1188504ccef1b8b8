// Opens what the network devices of a plan work on: taps, and sockets to a passt each.
import { join } from 'node:path'
import type { OpenDescriptor } from '../host/open-descriptor.ts'
import { openTap } from '../host/open-tap.ts'
import { networkBackends, type NetworkBackends } from '../plan/backends.ts'
import { VoltError } from '../volt-error.ts'
import { parseNetworkSource } from './network-source.ts'
import type { RunnableVm } from './runnable-vm.ts'
import { startPasst } from './start-passt.ts'

/**
 * Adds to `files` by the names of the plan, also when it throws; the caller closes them, which ends what was started.
 * passt writes its logs to `logs`, a directory, where there is one. Throws HOST_ERROR, PLAN_INVALID or NOT_BUILT.
 */
export async function openNetworks(
  { plan, sources }: Pick<RunnableVm, 'plan' | 'sources'>,
  files: Map<string, OpenDescriptor>,
  logs?: string,
): Promise<void> {
  for (const network of networkBackends(plan)) {
    const opened = await openNetwork(network, sources, logs)
    for (const [index, descriptor] of opened.entries()) files.set(network.names[index] ?? '', descriptor)
  }
}

async function openNetwork(
  { id, transport, names, mtu }: NetworkBackends,
  sources: RunnableVm['sources'],
  logs: string | undefined,
): Promise<OpenDescriptor[]> {
  const source = parseNetworkSource(sources[names[0] ?? ''] ?? '')
  if (transport === 'tap' && source?.kind === 'tap') return openTap(source.name, names.length)
  if (transport === 'stream' && source?.kind === 'user') {
    const log = logs === undefined ? {} : { log: join(logs, `${id}.log`) }
    return [await startPasst({ ports: source.ports, mtu, ...log })]
  }
  throw new VoltError('PLAN_INVALID', `the plan does not say what its network '${id}' is attached to`)
}
