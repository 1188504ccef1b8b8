// Finds the PVH entry among ELF notes (xen/include/public/elfnote.h; the kernel's arch/x86/platform/pvh).

const XEN_ELFNOTE_PHYS32_ENTRY = 18
const NOTE_HEADER_BYTES = 12

/** The 32-bit entry, or undefined. `align` is the segment's: name and descriptor are padded to it. Stops at nonsense. */
export function pvhEntryOf(notes: DataView, align: 4 | 8): number | undefined {
  let at = 0
  while (at + NOTE_HEADER_BYTES <= notes.byteLength) {
    const nameBytes = notes.getUint32(at, true)
    const descriptorBytes = notes.getUint32(at + 4, true)
    const type = notes.getUint32(at + 8, true)
    const descriptor = roundUp(at + NOTE_HEADER_BYTES + nameBytes, align)
    if (descriptor + descriptorBytes > notes.byteLength) return undefined
    if (type === XEN_ELFNOTE_PHYS32_ENTRY && isXen(notes, at + NOTE_HEADER_BYTES, nameBytes)) {
      return entryOf(notes, descriptor, descriptorBytes)
    }
    at = roundUp(descriptor + descriptorBytes, align)
  }
  return undefined
}

function isXen(notes: DataView, offset: number, length: number): boolean {
  return length === 4 && notes.getUint32(offset, false) === 0x58656e00
}

/** The descriptor has the width of an address, of which the entry fills 32 bits. */
function entryOf(notes: DataView, offset: number, length: number): number | undefined {
  if (length === 4) return notes.getUint32(offset, true)
  if (length !== 8 || notes.getUint32(offset + 4, true) !== 0) return undefined
  return notes.getUint32(offset, true)
}

function roundUp(value: number, align: number): number {
  return Math.ceil(value / align) * align
}
