// What is wrong with the files that a disk or an initrd is made from.
import { VoltError } from '../volt-error.ts'

/** unfit: not what it was named as, or damaged. small: the disk is too small for it. */
export type ContentFault = 'unfit' | 'small'

export class ContentError extends VoltError {
  readonly fault: ContentFault

  constructor(fault: ContentFault, message: string, hint?: string) {
    super('CONTENT_INVALID', message, hint === undefined ? {} : { hint })
    this.fault = fault
  }
}
