// hvm_start_info, version 1, of the PVH boot protocol: Xen's public header arch-x86/hvm/start_info.h.
import { PVH_START_INFO } from '../guest-layout.ts'
import type { E820Entry, Region } from '../memory-map.ts'

const MAGIC = 0x336ec578
const VERSION = 1
const START_INFO_SIZE = 56
/** hvm_modlist_entry. */
const MODULE_SIZE = 32
/** hvm_memmap_table_entry. */
const MEMMAP_ENTRY_SIZE = 24

export interface StartInfoInput {
  commandLineAddress: number
  initrd: Region | null
  e820: readonly E820Entry[]
  /** 0 without ACPI. */
  rsdpAddress: number
}

/** Start info, module list and memory map in one piece, to lie at 0x22000. */
export function buildStartInfo({ commandLineAddress, initrd, e820, rsdpAddress }: StartInfoInput): Uint8Array {
  const modules = initrd ? [initrd] : []
  const memmapOffset = START_INFO_SIZE + modules.length * MODULE_SIZE
  const bytes = new Uint8Array(memmapOffset + e820.length * MEMMAP_ENTRY_SIZE)
  const view = new DataView(bytes.buffer)
  const address = (at: number, value: number): void => view.setBigUint64(at, BigInt(value), true)
  view.setUint32(0, MAGIC, true)
  view.setUint32(4, VERSION, true)
  view.setUint32(12, modules.length, true)
  address(16, modules.length > 0 ? PVH_START_INFO + START_INFO_SIZE : 0)
  address(24, commandLineAddress)
  address(32, rsdpAddress)
  address(40, PVH_START_INFO + memmapOffset)
  view.setUint32(48, e820.length, true)
  for (const [index, { start, size }] of modules.entries()) {
    const at = START_INFO_SIZE + index * MODULE_SIZE
    address(at, start)
    address(at + 8, size)
  }
  for (const [index, { start, size, type }] of e820.entries()) {
    const at = memmapOffset + index * MEMMAP_ENTRY_SIZE
    address(at, start)
    address(at + 8, size)
    view.setUint32(at + 16, type, true)
  }
  return bytes
}
