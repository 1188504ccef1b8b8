// Model-specific registers that every processor starts with.
import { hex } from './address.ts'
import type { Msr } from './boot-plan.gen.ts'

/** IA32_MISC_ENABLE: fast string operations, as after a firmware. */
const FAST_STRINGS = 0x1
/** IA32_MTRR_DEF_TYPE: MTRRs enabled, memory write-back unless a range says otherwise. */
const MTRR_ENABLED_WRITE_BACK = 0x806

/** Numbers of Intel SDM volume 4, table 2-2, and AMD APM volume 2, appendix A. */
const INITIAL: readonly (readonly [index: number, value: number])[] = [
  [0x174, 0], // IA32_SYSENTER_CS
  [0x175, 0], // IA32_SYSENTER_ESP
  [0x176, 0], // IA32_SYSENTER_EIP
  [0xc0000081, 0], // STAR
  [0xc0000083, 0], // CSTAR
  [0xc0000102, 0], // KERNEL_GS_BASE
  [0xc0000084, 0], // SYSCALL_MASK
  [0xc0000082, 0], // LSTAR
  [0x10, 0], // IA32_TIME_STAMP_COUNTER: KVM takes equal writes as a wish for synchronous counters
  [0x1a0, FAST_STRINGS],
  [0x2ff, MTRR_ENABLED_WRITE_BACK],
]

export function initialMsrs(): Msr[] {
  return INITIAL.map(([index, value]) => ({ index: hex(index), value: hex(value) }))
}
