// What is wrong with the modules that an initrd is to have.
import { VoltError } from '../volt-error.ts'

export class ModuleError extends VoltError {
  /** Of the name in the manifest's list that it came by; absent where it is not about one. */
  readonly index: number | undefined

  constructor(message: string, { index, hint }: { index?: number; hint?: string } = {}) {
    super('CONTENT_INVALID', message, hint === undefined ? {} : { hint })
    this.index = index
  }
}
