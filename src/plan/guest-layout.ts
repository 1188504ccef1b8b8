// Every fixed guest-physical address of the machine, each with its reason. x86_64.

export const PAGE_SIZE = 0x1000
export const KIB = 1024
export const MIB = 1024 * KIB
export const GIB = 1024 * MIB

/** BIOS data area: the EBDA's segment (word at 0x40E) and the KiB of base memory (word at 0x413). */
export const BDA_EBDA_SEGMENT = 0x40e
export const BDA_BASE_MEMORY_KIB = 0x413

/** Behind the BIOS data area, below everything that Linux reads. */
export const GDT = 0x500
/** Identity map of the first GiB for the 64-bit entry: PML4, PDPT, one page directory. */
export const PAGE_TABLES = 0x1000
/** One page: the longest command line that the machine passes on is 4095 bytes and a NUL. */
export const CMDLINE = 0x20000
export const CMDLINE_MAX = PAGE_SIZE - 1
export const ZERO_PAGE = 0x21000
export const PVH_START_INFO = 0x22000

/** The last KiB of base memory, the EBDA: operating systems scan it for the MP floating pointer (MPS 1.4 §4). */
export const EBDA = 0x9fc00
/** Base memory ends here and the VGA window begins: nothing can be found above. */
export const BASE_MEMORY_END = 0xa0000
/** BIOS area, reserved in the e820 map. Its lower half is left to ACPI. */
export const BIOS_AREA = 0xe0000
/** Where an MP configuration table goes that does not fit the EBDA; scanned by operating systems, too (MPS 1.4 §4). */
export const MP_TABLE_HIGH = 0xf0000
export const BIOS_AREA_END = 0x100000
/** Where a processor begins in real mode, F000:FFF0: systems that reboot through the BIOS jump here. */
export const RESET_VECTOR = 0xffff0

/** Kernels begin here at the lowest. */
export const HIGH_MEMORY = 0x100000

/** RAM above 3 GiB continues at 4 GiB; between them are windows of devices, IOAPIC, LAPIC and KVM's own pages. */
export const MMIO_HOLE = 0xc0000000
export const MMIO_HOLE_END = 0x100000000
/** virtio-mmio windows, one page each, from here up: above any hot-plug area that others use, far below the IOAPIC. */
export const VIRTIO_MMIO = 0xd0000000
export const VIRTIO_WINDOW = PAGE_SIZE
export const IOAPIC = 0xfec00000
export const LAPIC = 0xfee00000
/** KVM_SET_IDENTITY_MAP_ADDR: one page, for real mode on processors without unrestricted guest. */
export const KVM_IDENTITY_MAP = 0xfffbc000
/** KVM_SET_TSS_ADDR: three pages, behind the identity map. */
export const KVM_TSS = 0xfffbd000
