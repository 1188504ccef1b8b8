// What a vsock device of a plan works on: the socket on which host programs ask for its guest, and a broker.
import { mkdtemp, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { defaultCid } from '../manifest/vsock-cid.ts'
import { requireVmm, VMM_FILE } from '../host/built-files.ts'
import { vsockBackends } from '../plan/backends.ts'
import { readStatus } from '../state/vm-state.ts'
import { VoltError } from '../volt-error.ts'
import { runningVms } from './find-vm.ts'
import type { Backends } from './backends.ts'
import { HELPER_SOCKET } from './helper-command.ts'
import { listenAt } from './listen-at.ts'
import { readSavedPlan, type RunnableVm } from './runnable-vm.ts'
import { OWN_SOCKET, socketPath } from './vsock-place.ts'

type Sourced = Pick<RunnableVm, 'plan' | 'sources'>

/**
 * Adds to `backends` by the names of the plan. The broker removes the socket, once nobody listens on it.
 * `directory` is for a socket of Volt's own; where it `isTemporary`, the broker removes that too. Throws CID_TAKEN,
 * HOST_ERROR, PLAN_INVALID or NOT_BUILT.
 */
export async function openVsock(
  vm: Sourced,
  backends: Backends,
  directory: string,
  isTemporary = false,
): Promise<void> {
  for (const { id, cid, listener, connector } of vsockBackends(vm.plan)) {
    const source = vm.sources[listener]
    if (source === undefined) {
      throw new VoltError('PLAN_INVALID', `the plan does not say where the socket of its device '${id}' is`)
    }
    const path = socketPath(source, directory)
    if (cid !== defaultCid(vm.plan.name)) await checkCid(cid)
    requireVmm()
    backends.files.set(listener, await listenAt(path))
    backends.sockets.push(path)
    const place = isTemporary && source === OWN_SOCKET ? 'own' : 'shared'
    const args = ['broker', '--socket', String(HELPER_SOCKET), '--directory', place, '--path', path]
    backends.helpers.push({ name: connector, kind: 'broker', program: VMM_FILE, args })
  }
}

/** Whether the VM has a socket that Volt finds a place for. */
export function hasOwnSocket({ plan, sources }: Sourced): boolean {
  return vsockBackends(plan).some(({ listener }) => sources[listener] === OWN_SOCKET)
}

/** A directory of this user’s alone, for what a machine without state has: another user could answer its guest, or read its secrets. */
export async function makePrivateDirectory(): Promise<string> {
  const runtime = process.env['XDG_RUNTIME_DIR'] ?? ''
  // A relative one is ignored, as the XDG base directory specification asks.
  const isThere = isAbsolute(runtime) && (await stat(runtime).catch(() => undefined))?.isDirectory() === true
  return mkdtemp(join(isThere ? runtime : resolve(tmpdir()), 'volt-'))
}

/** Where programs connect to reach the guest; `directory` as for openVsock. */
export function vsockPaths({ plan, sources }: Sourced, directory: string): string[] {
  return vsockBackends(plan).map(({ listener }) => socketPath(sources[listener] ?? OWN_SOCKET, directory))
}

/**
 * Of CIDs that a manifest names: those by the machine's name may meet where two projects have machines of one name, which
 * is no mistake, since each guest sees the host alone.
 */
async function checkCid(cid: number): Promise<void> {
  for (const { project, name } of await runningVms()) {
    const { plan } = await readSavedPlan((await readStatus(project, name)).files.plan)
    if (plan === undefined || !vsockBackends(plan).some((other) => other.cid === cid)) continue
    throw new VoltError(
      'CID_TAKEN',
      `the CID ${cid} is that of the machine '${name}' of the project '${project.name}'`,
      {
        hint: 'end that first, or give one of the two another vsock.cid',
      },
    )
  }
}
