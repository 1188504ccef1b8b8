// Builds small ELF64 files byte by byte, right or deliberately wrong.

export interface SegmentPlan {
  /** PT_LOAD unless said otherwise. */
  type?: number
  physicalAddress: bigint
  virtualAddress?: bigint
  content: Uint8Array
  /** As long as the content unless said otherwise. */
  memorySize?: bigint
  fileSize?: bigint
  fileOffset?: bigint
  alignment?: bigint
}

export interface ElfPlan {
  segments: SegmentPlan[]
  entry?: bigint
  type?: number
  machine?: number
  /** 2 is 64 bits. */
  elfClass?: number
  /** 1 is little-endian. */
  data?: number
  programHeaderCount?: number
  programHeaderSize?: number
  programHeaderOffset?: bigint
}

export const PT_INTERP = 3
export const PT_NOTE = 4
const HEADER = 64
const PROGRAM_HEADER = 56

/** The header, the program headers and each segment's content behind them, in order. */
export function buildElf(plan: ElfPlan): Buffer {
  const { segments } = plan
  const contentStart = HEADER + segments.length * PROGRAM_HEADER
  const bytes = Buffer.alloc(contentStart + segments.reduce((sum, { content }) => sum + content.length, 0))
  bytes.set([0x7f, 0x45, 0x4c, 0x46, plan.elfClass ?? 2, plan.data ?? 1, 1])
  bytes.writeUInt16LE(plan.type ?? 2, 16)
  bytes.writeUInt16LE(plan.machine ?? 62, 18)
  bytes.writeUInt32LE(1, 20)
  bytes.writeBigUInt64LE(plan.entry ?? segments[0]?.physicalAddress ?? 0n, 24)
  bytes.writeBigUInt64LE(plan.programHeaderOffset ?? BigInt(HEADER), 32)
  bytes.writeUInt16LE(HEADER, 52)
  bytes.writeUInt16LE(plan.programHeaderSize ?? PROGRAM_HEADER, 54)
  bytes.writeUInt16LE(plan.programHeaderCount ?? segments.length, 56)
  let offset = contentStart
  for (const [index, segment] of segments.entries()) {
    writeProgramHeader(bytes, HEADER + index * PROGRAM_HEADER, segment, offset)
    bytes.set(segment.content, offset)
    offset += segment.content.length
  }
  return bytes
}

function writeProgramHeader(bytes: Buffer, at: number, segment: SegmentPlan, offset: number): void {
  const length = BigInt(segment.content.length)
  bytes.writeUInt32LE(segment.type ?? 1, at)
  bytes.writeUInt32LE(5, at + 4)
  bytes.writeBigUInt64LE(segment.fileOffset ?? BigInt(offset), at + 8)
  bytes.writeBigUInt64LE(segment.virtualAddress ?? segment.physicalAddress, at + 16)
  bytes.writeBigUInt64LE(segment.physicalAddress, at + 24)
  bytes.writeBigUInt64LE(segment.fileSize ?? length, at + 32)
  bytes.writeBigUInt64LE(segment.memorySize ?? segment.fileSize ?? length, at + 40)
  bytes.writeBigUInt64LE(segment.alignment ?? 4n, at + 48)
}

/** One ELF note; name and descriptor are padded to `align`. */
export function buildNote(name: string, type: number, descriptor: Uint8Array, align = 4): Buffer {
  const head = Buffer.alloc(12)
  head.writeUInt32LE(name.length + 1, 0)
  head.writeUInt32LE(descriptor.length, 4)
  head.writeUInt32LE(type, 8)
  const padded = (bytes: Uint8Array, from: number) => {
    return Buffer.concat([bytes, Buffer.alloc((align - ((from + bytes.length) % align)) % align)])
  }
  return Buffer.concat([padded(Buffer.concat([head, Buffer.from(`${name}\0`)]), 0), padded(descriptor, 0)])
}

export function address32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

export function address64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return bytes
}
