// boot_params, the "zero page" of the Linux/x86 boot protocol. Offsets: Documentation/arch/x86/zero-page.rst and boot.rst.
import type { KernelImage } from '../../kernel/image.ts'
import { PAGE_SIZE } from '../guest-layout.ts'
import type { E820Entry, Region } from '../memory-map.ts'

const ACPI_RSDP_ADDR = 0x070
const E820_ENTRIES = 0x1e8
const SETUP_HEADER = 0x1f1
const BOOT_FLAG = 0x1fe
const HEADER_MAGIC = 0x202
const PROTOCOL_VERSION = 0x206
const TYPE_OF_LOADER = 0x210
const LOADFLAGS = 0x211
const CODE32_START = 0x214
const RAMDISK_IMAGE = 0x218
const RAMDISK_SIZE = 0x21c
const CMD_LINE_PTR = 0x228
const KERNEL_ALIGNMENT = 0x230
const CMDLINE_SIZE = 0x238
const SETUP_DATA = 0x250
const E820_TABLE = 0x2d0
const E820_ENTRY_SIZE = 20
/** E820_MAX_ENTRIES_ZEROPAGE. */
const E820_MAX = 128

const BOOT_FLAG_VALUE = 0xaa55
/** "HdrS". */
const HEADER_MAGIC_VALUE = 0x53726448
/** 2.15, whose fields are written here; an uncompressed kernel brings no header of its own. */
const PROTOCOL_2_15 = 0x20f
/** A loader without a number of its own. */
const LOADER_UNDEFINED = 0xff
const LOADED_HIGH = 0x01
/** CONFIG_PHYSICAL_ALIGN's default on x86_64. */
const DEFAULT_ALIGNMENT = 0x200000
const DEFAULT_CMDLINE_SIZE = 2047

export interface ZeroPageInput {
  image: KernelImage
  /** Where the kernel's first byte lies. */
  kernelAddress: number
  commandLineAddress: number
  /** Below 4 GiB. */
  initrd: Region | null
  e820: readonly E820Entry[]
  /** 0 without ACPI. */
  rsdpAddress: number
}

/**
 * A page. The sentinel at 0x1ef stays zero, which tells the kernel that fields we do not know are zero on purpose.
 * @throws RangeError when the memory map has more than 128 entries
 */
export function buildZeroPage({
  image,
  kernelAddress,
  commandLineAddress,
  initrd,
  e820,
  rsdpAddress,
}: ZeroPageInput): Uint8Array {
  const bytes = new Uint8Array(PAGE_SIZE)
  const view = new DataView(bytes.buffer)
  if (image.format === 'bzimage') {
    bytes.set(image.setupHeader.subarray(0, E820_TABLE - SETUP_HEADER), SETUP_HEADER)
    view.setUint32(CODE32_START, kernelAddress, true)
    view.setBigUint64(SETUP_DATA, 0n, true)
  } else {
    view.setUint16(BOOT_FLAG, BOOT_FLAG_VALUE, true)
    view.setUint32(HEADER_MAGIC, HEADER_MAGIC_VALUE, true)
    view.setUint16(PROTOCOL_VERSION, PROTOCOL_2_15, true)
    view.setUint32(KERNEL_ALIGNMENT, DEFAULT_ALIGNMENT, true)
    view.setUint32(CMDLINE_SIZE, DEFAULT_CMDLINE_SIZE, true)
  }
  bytes[TYPE_OF_LOADER] = LOADER_UNDEFINED
  bytes[LOADFLAGS] = (bytes[LOADFLAGS] ?? 0) | LOADED_HIGH
  view.setUint32(CMD_LINE_PTR, commandLineAddress, true)
  view.setUint32(RAMDISK_IMAGE, initrd?.start ?? 0, true)
  view.setUint32(RAMDISK_SIZE, initrd?.size ?? 0, true)
  view.setBigUint64(ACPI_RSDP_ADDR, BigInt(rsdpAddress), true)
  writeE820(view, e820)
  return bytes
}

function writeE820(view: DataView, e820: readonly E820Entry[]): void {
  if (e820.length > E820_MAX) throw new RangeError(`${e820.length} entries do not fit the zero page's memory map`)
  view.setUint8(E820_ENTRIES, e820.length)
  for (const [index, { start, size, type }] of e820.entries()) {
    const at = E820_TABLE + index * E820_ENTRY_SIZE
    view.setBigUint64(at, BigInt(start), true)
    view.setBigUint64(at + 8, BigInt(size), true)
    view.setUint32(at + 16, type, true)
  }
}
