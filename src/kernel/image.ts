// Facts about a kernel image that the compiler needs. Plain data: reading is done in read-kernel.ts.

/** Bytes of the file that go to guest memory. Addresses and sizes are in bytes. */
export interface KernelSegment {
  gpa: number
  fileOffset: number
  fileSize: number
  /** At least fileSize; the rest is zero. */
  memorySize: number
}

interface ImageFile {
  /** Length of the file in bytes. */
  size: number
  /** Lower-case hex. */
  sha256: string
}

export interface ElfKernel extends ImageFile {
  format: 'elf'
  /** e_entry, a guest-physical address. */
  entry: number
  /** 32-bit entry of the PVH note (XEN_ELFNOTE_PHYS32_ENTRY), if the ELF carries one. */
  pvhEntry?: number
  segments: KernelSegment[]
}

/** Linux/x86 boot protocol, Documentation/arch/x86/boot.rst. */
export interface BzImageKernel extends ImageFile {
  format: 'bzimage'
  /** The setup header as in the file, offset 0x1f1 up to its end (0x202 + byte at 0x201). */
  setupHeader: Uint8Array
  /** Boot protocol version, 0x20f is 2.15. */
  protocolVersion: number
  /** Where the protected-mode kernel starts in the file. */
  payloadOffset: number
  payloadSize: number
  prefAddress: number
  /** Linear memory the kernel needs from where it is loaded to unpack itself. */
  initSize: number
  kernelAlignment: number
  relocatable: boolean
  /** XLF_KERNEL_64: has the 64-bit entry at 0x200. */
  entry64: boolean
  cmdlineMax: number
  initrdAddressMax: number
  /** From the image's version string, such as `6.1.0-37-amd64`. */
  version?: string
}

export type KernelImage = ElfKernel | BzImageKernel

export interface InitrdImage {
  size: number
  sha256: string
}
