// Where the host forwards to the guest's port 22, by the machine's plan.
import { networkBackends } from '../plan/backends.ts'
import { parseNetworkSource } from './network-source.ts'
import type { RunnableVm } from './runnable-vm.ts'

const SSH_PORT = 22

export interface SshPlace {
  address: string
  port: number
}

/** The first of its user networks that does; undefined where none does. */
export function sshPlaceOf({ plan, sources }: Pick<RunnableVm, 'plan' | 'sources'>): SshPlace | undefined {
  for (const { names } of networkBackends(plan)) {
    const source = parseNetworkSource(sources[names[0] ?? ''] ?? '')
    if (source?.kind !== 'user') continue
    const found = source.ports.find(({ guestPort, protocol }) => guestPort === SSH_PORT && protocol === 'tcp')
    if (found !== undefined) return { address: loopbackOf(found.address), port: found.hostPort }
  }
  return undefined
}

/** Of an address that stands for all: the one of this host. */
function loopbackOf(address: string | undefined): string {
  if (address === undefined || address === '0.0.0.0') return '127.0.0.1'
  return address === '::' ? '::1' : address
}
