// Page tables for the 64-bit entry: the first GiB mapped to itself. Intel SDM volume 3, §4.5.
import { GIB, MIB, PAGE_SIZE, PAGE_TABLES } from '../guest-layout.ts'

const PRESENT_WRITABLE = 0x3
/** PS: the page directory's entry maps 2 MiB. */
const LARGE_PAGE = 0x80
const LARGE_PAGE_SIZE = 2 * MIB
const ENTRY_SIZE = 8

/** Three pages, to lie at 0x1000: PML4, PDPT with one entry each, and a page directory of 512. */
export function identityPageTables(): Uint8Array {
  const bytes = new Uint8Array(3 * PAGE_SIZE)
  const view = new DataView(bytes.buffer)
  const pdpt = PAGE_TABLES + PAGE_SIZE
  const directory = pdpt + PAGE_SIZE
  view.setUint32(0, pdpt | PRESENT_WRITABLE, true)
  view.setUint32(PAGE_SIZE, directory | PRESENT_WRITABLE, true)
  // Addresses below 4 GiB: the upper half of every entry stays zero.
  for (let page = 0; page < GIB / LARGE_PAGE_SIZE; page++) {
    const entry = (page * LARGE_PAGE_SIZE) | LARGE_PAGE | PRESENT_WRITABLE
    view.setUint32(2 * PAGE_SIZE + page * ENTRY_SIZE, entry, true)
  }
  return bytes
}
