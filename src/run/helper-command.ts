// What serves a device of a machine for one start of it, as `volt-vmm keep` and `volt-vmm helpers` are told.
import type { OpenDescriptor } from '../host/open-descriptor.ts'

export interface HelperCommand {
  /** Name of the machine's end in its plan. */
  name: string
  kind: 'passt' | 'virtiofsd' | 'broker' | 'device'
  /** A path, or a program's name on PATH; of a broker only what it is shown by. */
  program: string
  args: string[]
  /** Where what it says is kept. */
  log?: OpenDescriptor
}

/** A helper's socket's place in its descriptor table. */
export const HELPER_SOCKET = 3

/** What a log of a helper has room for; volt-vmm's own number. */
export const LOG_BYTES = 1 << 20

/** `log` is the number of its descriptor there. */
export function helperArguments({ name, kind, program, args }: HelperCommand, log: number | undefined): string[] {
  const words = [name, kind, log === undefined ? '-' : String(log), program, ...args]
  return ['--helper', String(words.length), ...words]
}
