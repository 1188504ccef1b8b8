// What is wrong with a kernel or initrd file.
import { VoltError } from '../volt-error.ts'

/** foreign: not a kernel at all, or for another machine. damaged: a kernel, but cut short or contradicting itself. */
export type KernelFault = 'foreign' | 'damaged'

export class KernelError extends VoltError {
  readonly fault: KernelFault

  constructor(fault: KernelFault, message: string, hint?: string) {
    super('KERNEL_INVALID', message, hint === undefined ? {} : { hint })
    this.fault = fault
  }
}
