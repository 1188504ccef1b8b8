// Opens what a machine without state works on, for as long as it is being started.
import { rm } from 'node:fs/promises'
import type { MachineResources } from '../host/machine.ts'
import type { StoppedEvent } from '../host/native-addon.ts'
import { openKvm } from '../host/open-kvm.ts'
import { abandonBackends, closeBackends, noBackends } from './backends.ts'
import type { HelperCommand } from './helper-command.ts'
import { openBackends } from './open-backends.ts'
import { explainNetworks } from './open-networks.ts'
import { hasOwnSocket, makePrivateDirectory, vsockPaths } from './open-vsock.ts'
import type { RunnableVm } from './runnable-vm.ts'

export interface ForegroundResources extends MachineResources {
  helpers: readonly HelperCommand[]
}

export interface Foreground {
  /** Settles when the guest has ended and everything is released. */
  ended: Promise<StoppedEvent>
}

/**
 * Overlays and sockets of Volt's own are temporary here. `start` has the descriptors until it settles, and its machine
 * duplicates of them, which keep the locks. Throws what openKvm, openBackends and `start` throw.
 */
export async function startForeground<Running extends Foreground>(
  vm: Pick<RunnableVm, 'plan' | 'files' | 'sources' | 'provision'>,
  start: (resources: ForegroundResources) => Running | Promise<Running>,
): Promise<Running & { vsocks: string[] }> {
  const kvm = await openKvm()
  let backends = noBackends()
  let sockets: string | undefined
  const removeSockets = async (): Promise<void> => {
    if (sockets !== undefined) await rm(sockets, { recursive: true, force: true })
  }
  try {
    if (hasOwnSocket(vm)) sockets = await makePrivateDirectory()
    backends = await openBackends(vm, undefined, sockets)
    const { helpers } = backends
    const running = await start({ plan: vm.plan, kvm, files: new Map([...vm.files, ...backends.files]), helpers })
    await closeBackends(backends)
    return { ...running, ended: running.ended.finally(removeSockets), vsocks: vsockPaths(vm, sockets ?? '') }
  } catch (error) {
    await abandonBackends(backends)
    await removeSockets()
    throw await explainNetworks(error, vm)
  } finally {
    await kvm.close()
  }
}
