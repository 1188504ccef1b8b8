// The kernel's command line as bytes.
import type { KernelImage } from '../../kernel/image.ts'
import { CMDLINE_MAX } from '../guest-layout.ts'
import type { PlanProblem } from '../plan-problem.ts'

/** COMMAND_LINE_SIZE of Linux on x86 without its NUL; an ELF does not say how much it takes. */
const LINUX_CMDLINE_MAX = 2047

/** UTF-8 without the NUL; undefined after pushing V205. */
export function checkCommandLine(text: string, image: KernelImage, problems: PlanProblem[]): Uint8Array | undefined {
  const pointer = '/kernel/cmdline'
  const bytes = new TextEncoder().encode(text)
  const limit = Math.min(image.format === 'bzimage' ? image.cmdlineMax : LINUX_CMDLINE_MAX, CMDLINE_MAX)
  if (bytes.length > limit) {
    const message = `the command line is ${bytes.length} bytes long, and this kernel takes ${limit}`
    problems.push({ code: 'V205', message, pointer })
    return undefined
  }
  if (bytes.includes(0)) {
    problems.push({
      code: 'V205',
      message: 'the command line holds a NUL character, which ends it for the kernel',
      pointer,
    })
    return undefined
  }
  return bytes
}
