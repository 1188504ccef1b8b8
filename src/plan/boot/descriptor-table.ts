// The GDT at the first instruction and the segment registers that agree with it. Intel SDM volume 3, §3.4.5.
import { hex } from '../address.ts'
import type { BootSegments, Segment } from '../boot-plan.gen.ts'
import { GDT } from '../guest-layout.ts'

/** Selectors that the 64-bit boot protocol names __BOOT_CS and __BOOT_DS, and Linux's __BOOT_TSS. */
const BOOT_CS = 0x10
const BOOT_DS = 0x18
const BOOT_TSS = 0x20
const DESCRIPTOR_SIZE = 8
/** Null, unused, code, data, and a task state segment, whose descriptor takes two places in long mode. */
const GDT_SIZE = 6 * DESCRIPTOR_SIZE

/** Access rights as the plan has them: a descriptor's bits 40 to 55 without the limit. */
const CODE_64 = 0xa09b
const CODE_32 = 0xc09b
const DATA = 0xc093
/** Busy, with byte granularity: processors want a loaded, busy TSS even where none is used. */
const TSS_BUSY = 0x8b
const GRANULARITY = 0x8000

const FLAT_LIMIT = 0xffffffff
/** Smallest limit of a TSS. */
const TSS_LIMIT = 0x67

export interface Descriptors {
  segments: BootSegments
  /** To lie at 0x500. */
  gdt: Uint8Array
}

/** Flat segments for `mode`-bit code. No IDT: an exception before the kernel has one shuts the processor down. */
export function flatDescriptors(mode: 32 | 64): Descriptors {
  const code = mode === 64 ? CODE_64 : CODE_32
  const gdt = new Uint8Array(GDT_SIZE)
  const view = new DataView(gdt.buffer)
  writeDescriptor(view, BOOT_CS, FLAT_LIMIT, code)
  writeDescriptor(view, BOOT_DS, FLAT_LIMIT, DATA)
  writeDescriptor(view, BOOT_TSS, TSS_LIMIT, TSS_BUSY)
  const segments = {
    gdt: { base: hex(GDT), limit: hex(GDT_SIZE - 1) },
    idt: { base: '0x0', limit: '0x0' },
    cs: segment(BOOT_CS, FLAT_LIMIT, code),
    data: segment(BOOT_DS, FLAT_LIMIT, DATA),
    tr: segment(BOOT_TSS, TSS_LIMIT, TSS_BUSY),
  }
  return { segments, gdt }
}

function segment(selector: number, limit: number, access: number): Segment {
  return { selector: hex(selector), base: '0x0', limit: hex(limit), access: hex(access) }
}

/** A descriptor with base 0. With granularity, its limit counts pages. */
function writeDescriptor(view: DataView, at: number, limitBytes: number, access: number): void {
  const limit = access & GRANULARITY ? limitBytes >>> 12 : limitBytes
  view.setUint16(at, limit & 0xffff, true)
  view.setUint16(at + 5, access | (((limit >>> 16) & 0xf) << 8), true)
}
