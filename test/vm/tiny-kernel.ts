// The smallest ELF that Volt boots: a few bytes of 64-bit code at 1 MiB.

const LOAD_ADDRESS = 0x100000n
const HEADER_BYTES = 64
const PROGRAM_HEADER_BYTES = 56

/** An ELF64 executable with one segment; the guest starts at its first byte in long mode, without an IDT. */
export function tinyKernel(code: readonly number[]): Buffer {
  const file = Buffer.alloc(HEADER_BYTES + PROGRAM_HEADER_BYTES + code.length)
  const codeOffset = HEADER_BYTES + PROGRAM_HEADER_BYTES
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  file.writeUInt16LE(2, 16) // e_type: ET_EXEC
  file.writeUInt16LE(62, 18) // e_machine: EM_X86_64
  file.writeUInt32LE(1, 20) // e_version
  file.writeBigUInt64LE(LOAD_ADDRESS, 24) // e_entry
  file.writeBigUInt64LE(BigInt(HEADER_BYTES), 32) // e_phoff
  file.writeUInt16LE(HEADER_BYTES, 52) // e_ehsize
  file.writeUInt16LE(PROGRAM_HEADER_BYTES, 54) // e_phentsize
  file.writeUInt16LE(1, 56) // e_phnum
  const header = file.subarray(HEADER_BYTES)
  header.writeUInt32LE(1, 0) // p_type: PT_LOAD
  header.writeUInt32LE(5, 4) // p_flags: R, X
  header.writeBigUInt64LE(BigInt(codeOffset), 8) // p_offset
  header.writeBigUInt64LE(LOAD_ADDRESS, 16) // p_vaddr
  header.writeBigUInt64LE(LOAD_ADDRESS, 24) // p_paddr
  header.writeBigUInt64LE(BigInt(code.length), 32) // p_filesz
  header.writeBigUInt64LE(BigInt(code.length), 40) // p_memsz
  file.set(code, codeOffset)
  return file
}
