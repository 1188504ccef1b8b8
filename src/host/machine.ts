// A machine inside this process, for `volt run --in-process` and the library.
import type { FileHandle } from 'node:fs/promises'
import type { Life } from '../plan/life.ts'
import type { BootPlan } from '../plan/boot-plan.gen.ts'
import type { NativeMachine, VmEvent } from './native-addon.ts'
import { callNative } from './native-error.ts'
import { native } from './native.ts'
import type { OpenDescriptor } from './open-descriptor.ts'

export interface MachineResources {
  plan: BootPlan
  kvm: FileHandle
  /** Open descriptors by the ids of the plan's `files` and the names of its backends; the caller keeps and closes them. */
  files: ReadonlyMap<string, OpenDescriptor>
  /** Lists of processors of the host, for all vCPUs or for each. */
  pin?: readonly string[]
  hugePages?: NonNullable<Life['hugePages']>
}

/** Events and console chunks arrive on the main thread. Throws PLAN_INVALID, KVM_CAPABILITY or HOST_ERROR. */
export function createMachine(
  resources: MachineResources,
  onEvent: (event: VmEvent) => void,
  onConsole: (chunk: Buffer) => void,
): NativeMachine {
  const { Machine } = native()
  return callNative(
    () =>
      new Machine(
        {
          plan: Buffer.from(JSON.stringify(resources.plan)),
          kvm: resources.kvm.fd,
          files: Object.fromEntries([...resources.files].map(([id, handle]) => [id, handle.fd])),
          ...(resources.pin && { pin: resources.pin.join('/') }),
          ...(resources.hugePages && { hugePages: resources.hugePages }),
        },
        onEvent,
        onConsole,
      ),
  )
}
