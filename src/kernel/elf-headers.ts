// ELF64 headers of an x86-64 executable (System V ABI, "Object Files"): checked for what a kernel must be.
import type { ByteReader } from './byte-reader.ts'
import { KernelError } from './kernel-error.ts'

const HEADER_BYTES = 64
/** Up to e_machine, enough to say what the file is for. */
const IDENTITY_BYTES = 20
const PROGRAM_HEADER_BYTES = 56
/** vmlinux has five; PN_XNUM (0xffff) and its like have no place in a kernel. */
const MAX_PROGRAM_HEADERS = 256

const ELFCLASS64 = 2
const ELFDATA2LSB = 1
const EM_386 = 3
const EM_X86_64 = 62
const [ET_REL, ET_EXEC, ET_DYN, ET_CORE] = [1, 2, 3, 4]
export const [PT_LOAD, PT_INTERP, PT_NOTE] = [1, 3, 4]

const MACHINES: Record<number, string> = {
  8: 'MIPS',
  20: 'PowerPC',
  21: 'PowerPC64',
  22: 's390',
  40: 'ARM',
  183: 'arm64',
  243: 'RISC-V',
  258: 'LoongArch',
}

export interface ProgramHeader {
  type: number
  offset: bigint
  virtualAddress: bigint
  physicalAddress: bigint
  fileSize: bigint
  memorySize: bigint
  alignment: bigint
}

export interface ElfHeaders {
  entry: bigint
  programHeaders: ProgramHeader[]
}

/** Throws KernelError: `foreign` for other machines and kinds of ELF, `damaged` for headers that cannot be. */
export async function readElfHeaders(reader: ByteReader): Promise<ElfHeaders> {
  checkIdentity(await reader.read(0, IDENTITY_BYTES, 'ELF header'))
  const header = await reader.read(0, HEADER_BYTES, 'ELF header')
  const programHeaders = await readProgramHeaders(reader, header)
  if (programHeaders.some(({ type }) => type === PT_INTERP)) {
    throw foreign('this is a dynamically linked program, not a kernel')
  }
  return { entry: header.getBigUint64(24, true), programHeaders }
}

function checkIdentity(header: DataView): void {
  const littleEndian = header.getUint8(5) === ELFDATA2LSB
  const machine = header.getUint16(18, littleEndian)
  const type = header.getUint16(16, littleEndian)
  const hint = 'Volt runs 64-bit x86 kernels'
  if (machine !== EM_X86_64 && machine !== EM_386) {
    throw foreign(`this is an ELF file for ${MACHINES[machine] ?? `machine ${machine}`}`, hint)
  }
  if (machine === EM_386 || header.getUint8(4) !== ELFCLASS64) throw foreign('this is a 32-bit ELF file', hint)
  if (!littleEndian) throw damaged('x86 is little-endian, and it says otherwise')
  if (type === ET_REL) throw foreign('this is an object file or kernel module, not a kernel')
  if (type === ET_CORE) throw foreign('this is a core dump, not a kernel')
  if (type !== ET_EXEC && type !== ET_DYN) throw damaged(`its type ${type} is unknown`)
}

async function readProgramHeaders(reader: ByteReader, header: DataView): Promise<ProgramHeader[]> {
  const offset = header.getBigUint64(32, true)
  const [entrySize, count] = [header.getUint16(54, true), header.getUint16(56, true)]
  if (count === 0) throw damaged('it has no program headers')
  if (count > MAX_PROGRAM_HEADERS) throw damaged(`it claims ${count} program headers`)
  if (entrySize !== PROGRAM_HEADER_BYTES) throw damaged(`its program headers have ${entrySize} bytes each, not 56`)
  const table = await reader.read(toOffset(offset), count * PROGRAM_HEADER_BYTES, 'program headers')
  return Array.from({ length: count }, (_, index) => {
    const at = index * PROGRAM_HEADER_BYTES
    return {
      type: table.getUint32(at, true),
      offset: table.getBigUint64(at + 8, true),
      virtualAddress: table.getBigUint64(at + 16, true),
      physicalAddress: table.getBigUint64(at + 24, true),
      fileSize: table.getBigUint64(at + 32, true),
      memorySize: table.getBigUint64(at + 40, true),
      alignment: table.getBigUint64(at + 48, true),
    }
  })
}

/** An offset too large for a number is beyond every file's end, and the reader says so. */
export function toOffset(offset: bigint): number {
  return Number(offset > BigInt(Number.MAX_SAFE_INTEGER) ? BigInt(Number.MAX_SAFE_INTEGER) : offset)
}

function foreign(message: string, hint?: string): KernelError {
  return new KernelError('foreign', message, hint)
}

/** A KernelError about an ELF file that contradicts itself or is cut short. */
export function damaged(message: string): KernelError {
  return new KernelError('damaged', `this ELF file is damaged: ${message}`, 'copy or build it again')
}
