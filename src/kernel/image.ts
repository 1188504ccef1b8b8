// Facts about a kernel image that the compiler needs. Plain data: reading is done in read-kernel.ts.

/** Bytes of the file that go to guest memory. Addresses and sizes are in bytes. */
export interface KernelSegment {
  gpa: number
  fileOffset: number
  fileSize: number
  /** At least fileSize; the rest is zero. */
  memorySize: number
}

/** What the kernel was built with. `unknown`: its configuration was not found. */
export type KernelSetting = 'yes' | 'module' | 'no' | 'unknown'

/** The settings that decide what a kernel makes of a machine, by their names in Kconfig without CONFIG_. */
export interface KernelConfig {
  /** Where it was read: in the image itself (IKCONFIG), or the name of the file beside it. */
  source: string
  X86_MPPARSE: KernelSetting
  ACPI: KernelSetting
  VIRTIO_MMIO: KernelSetting
  VIRTIO_MMIO_CMDLINE_DEVICES: KernelSetting
  VIRTIO_BLK: KernelSetting
  VIRTIO_NET: KernelSetting
  VIRTIO_VSOCKETS: KernelSetting
  VIRTIO_BALLOON: KernelSetting
  VIRTIO_CONSOLE: KernelSetting
  VIRTIO_FS: KernelSetting
  KVM_GUEST: KernelSetting
  SERIAL_8250_CONSOLE: KernelSetting
  /** Absent where the configuration has no number. */
  NR_CPUS?: number
}

interface ImageFile {
  /** Length of the file in bytes. */
  size: number
  /** Lower-case hex. */
  sha256: string
}

interface KernelFile extends ImageFile {
  /** The release, such as `6.1.0-37-amd64`: from the bzImage's version string or Linux's banner in an ELF. */
  version?: string
  /** Absent where no configuration was found. */
  config?: KernelConfig
}

/** A kernel as an ELF file. */
export interface ElfKernel extends KernelFile {
  format: 'elf'
  /** e_entry, a guest-physical address. */
  entry: number
  /** 32-bit entry of the PVH note (XEN_ELFNOTE_PHYS32_ENTRY), if the ELF carries one. */
  pvhEntry?: number
  segments: KernelSegment[]
}

/** Linux/x86 boot protocol, Documentation/arch/x86/boot.rst. */
export interface BzImageKernel extends KernelFile {
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
}

/** A kernel that can be booted. */
export type KernelImage = ElfKernel | BzImageKernel

/** An initial RAM disk: its length in bytes and its SHA-256 in lower-case hex. */
export interface InitrdImage {
  size: number
  sha256: string
}
