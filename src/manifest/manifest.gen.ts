// Generated from schema/manifest.schema.json by `npm run generate`; edit the schema instead.

/**
 * One virtual machine. A file may hold several, as YAML documents separated by `---`.
 */
export interface Manifest {
  /**
   * Version of the manifest format.
   */
  apiVersion: 'volt/v1'
  /**
   * Kind of the document.
   */
  kind: 'MicroVM'
  metadata: Metadata
  kernel: Kernel
  /**
   * Processors: a number, or a count with a topology.
   */
  vcpus?: number | VcpuTopology
  /**
   * Guest memory with its unit: KiB, MiB, GiB or TiB; a multiple of 4 KiB, from 2 MiB to 64 TiB.
   */
  memory?: string
  firmware?: Firmware
  console?: Console
}
/**
 * What the machine is called.
 */
export interface Metadata {
  /**
   * Name of the machine, unique in its project: lower-case letters, digits and hyphens, at most 63 characters, a valid host name.
   */
  name: string
  labels?: Labels
}
/**
 * Free key-value pairs for people and scripts; the guest does not see them.
 */
export interface Labels {
  [k: string]: string
}
/**
 * What the machine boots.
 */
export interface Kernel {
  /**
   * Path of a kernel, relative to the manifest: an ELF (vmlinux) or a bzImage (vmlinuz). `builtin:hello` is a guest that comes with Volt.
   */
  image: string
  /**
   * SHA-256 that the image must have; a difference is an error.
   */
  sha256?: string
  /**
   * Path of an initial RAM disk, relative to the manifest.
   */
  initrd?: string
  /**
   * Kernel command line: a string, or a list of words joined by spaces. Given to the kernel as it is.
   */
  cmdline?: string | string[]
  /**
   * Boot protocol. auto: PVH for an ELF that carries the PVH note, the 64-bit Linux protocol otherwise.
   */
  protocol?: 'auto' | 'linux64' | 'pvh'
}
export interface VcpuTopology {
  /**
   * Number of processors; sockets × cores × threads must make it.
   */
  count: number
  /**
   * Processor packages. Left out, it follows from count, cores and threads.
   */
  sockets?: number
  /**
   * Cores in a socket. Left out, it follows from count, sockets and threads.
   */
  cores?: number
  /**
   * Hardware threads in a core.
   */
  threads?: number
}
/**
 * Tables that tell the guest what the machine is made of.
 */
export interface Firmware {
  /**
   * Whether the guest finds an Intel MultiProcessor Specification 1.4 table.
   */
  mptable?: boolean
}
/**
 * The guest's console.
 */
export interface Console {
  /**
   * uart: a 16550 at COM1, ttyS0 to Linux. none: no console.
   */
  device?: 'uart' | 'none'
}
