// Host facts: what the compiler needs to know about this machine's KVM.
import type { HostFacts } from '../plan/host-facts.gen.ts'
import { fromNative } from './native-error.ts'
import type { ExecutionProbe } from './native-addon.ts'
import { native } from './native.ts'
import { kvmPath, openKvm } from './open-kvm.ts'

/** Throws KVM_MISSING, KVM_PERMISSION, KVM_VERSION, KVM_CAPABILITY, HOST_ERROR or NOT_BUILT. */
export async function probeHost(path: string = kvmPath()): Promise<HostFacts> {
  await (await openKvm(path)).close()
  const answer = native().probe(path)
  if ('error' in answer) throw fromNative(answer.error)
  return answer.facts
}

/** Runs a tiny guest for a few milliseconds; throws like probeHost. */
export async function probeExecution(path: string = kvmPath()): Promise<ExecutionProbe> {
  await (await openKvm(path)).close()
  const answer = native().probeExecution(path)
  if ('error' in answer) throw fromNative(answer.error)
  return answer
}
