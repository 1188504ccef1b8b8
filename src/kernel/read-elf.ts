// Reads an ELF64 kernel: loadable segments by physical address, entry points, PVH note.
import type { ByteReader } from './byte-reader.ts'
import { damaged, PT_LOAD, PT_NOTE, readElfHeaders, toOffset, type ProgramHeader } from './elf-headers.ts'
import { pvhEntryOf } from './elf-notes.ts'
import type { ElfKernel, KernelSegment } from './image.ts'
import { scanElf } from './scan-elf.ts'

const MAX_NOTE_BYTES = 64 * 1024
/** 47 bits: more than any processor of today has physical addresses for a guest's kernel. */
const ADDRESS_LIMIT = 2n ** 47n

/** Throws KernelError. Of the segments' content only what Linux says of itself is looked for. */
export async function readElf(reader: ByteReader): Promise<Omit<ElfKernel, 'size' | 'sha256'>> {
  const { entry, programHeaders } = await readElfHeaders(reader)
  const loadable = programHeaders.filter(({ type, memorySize, fileSize }) => {
    return type === PT_LOAD && (memorySize > 0n || fileSize > 0n)
  })
  const segments = loadable.map((header, index) => toSegment(header, index, reader.size))
  if (segments.length === 0) throw damaged('it has no segment to load')
  checkOverlap(segments)
  const pvhEntry = await findPvhEntry(reader, programHeaders)
  if (pvhEntry !== undefined && !isInSegments(pvhEntry, segments)) {
    throw damaged(`its PVH entry ${hex(pvhEntry)} lies outside its segments`)
  }
  const physicalEntry = entryOf(entry, loadable)
  const findings = await scanElf(reader, segments)
  return { format: 'elf', entry: physicalEntry, ...(pvhEntry !== undefined && { pvhEntry }), segments, ...findings }
}

function toSegment(header: ProgramHeader, index: number, size: number): KernelSegment {
  const { offset, physicalAddress, fileSize, memorySize } = header
  if (memorySize < fileSize) throw damaged(`its segment ${index} is larger in the file than in memory`)
  if (physicalAddress + memorySize > ADDRESS_LIMIT) {
    throw damaged(`its segment ${index} reaches beyond 128 TiB, at ${hex(physicalAddress)}`)
  }
  if (offset + fileSize > BigInt(size)) {
    throw damaged(`its segment ${index} ends at byte ${offset + fileSize}, but the file has ${size} bytes`)
  }
  return {
    gpa: Number(physicalAddress),
    fileOffset: Number(offset),
    fileSize: Number(fileSize),
    memorySize: Number(memorySize),
  }
}

function checkOverlap(segments: readonly KernelSegment[]): void {
  const sorted = [...segments].sort((a, b) => a.gpa - b.gpa)
  for (const [index, segment] of sorted.entries()) {
    const next = sorted[index + 1]
    if (next !== undefined && segment.gpa + segment.memorySize > next.gpa) {
      throw damaged(`its segments at ${hex(segment.gpa)} and ${hex(next.gpa)} overlap`)
    }
  }
}

/** e_entry as a physical address. Some kernels give the virtual one, which their segments translate. */
function entryOf(entry: bigint, loadable: readonly ProgramHeader[]): number {
  const holder = (address: (header: ProgramHeader) => bigint) =>
    loadable.find((header) => entry >= address(header) && entry < address(header) + header.memorySize)
  if (holder(({ physicalAddress }) => physicalAddress) !== undefined) return Number(entry)
  const virtual = holder(({ virtualAddress }) => virtualAddress)
  if (virtual === undefined) throw damaged(`its entry point ${hex(entry)} lies outside its segments`)
  return Number(entry - virtual.virtualAddress + virtual.physicalAddress)
}

async function findPvhEntry(reader: ByteReader, headers: readonly ProgramHeader[]): Promise<number | undefined> {
  for (const { type, offset, fileSize, alignment } of headers) {
    if (type !== PT_NOTE) continue
    if (fileSize > BigInt(MAX_NOTE_BYTES)) throw damaged(`its notes have ${fileSize} bytes`)
    const notes = await reader.read(toOffset(offset), Number(fileSize), 'notes')
    const entry = pvhEntryOf(notes, alignment === 8n ? 8 : 4)
    if (entry !== undefined) return entry
  }
  return undefined
}

function isInSegments(address: number, segments: readonly KernelSegment[]): boolean {
  return segments.some(({ gpa, memorySize }) => address >= gpa && address < gpa + memorySize)
}

function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`
}
