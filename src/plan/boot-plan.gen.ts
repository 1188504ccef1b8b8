// Generated from schema/boot-plan.schema.json by `npm run generate`; edit the schema instead.

/**
 * A 64-bit value in lower-case hexadecimal without leading zeros.
 */
export type Address = string
/**
 * CPUID leaves. Those of the plan are shared by all vCPUs; a vCPU's own replace those with the same leaf and subleaf, or are added.
 */
export type CpuidLeaves = CpuidLeaf[]
/**
 * A device that the engine emulates.
 */
export type PlanDevice =
  PortDevice | VirtioBalloon | VirtioBlock | VirtioConsole | VirtioFs | VirtioNet | VirtioRng | VirtioVsock
/**
 * Name of the device, unique in the plan.
 */
export type DeviceId = string
/**
 * Global system interrupt of the device, edge triggered and its own.
 */
export type VirtioGsi = number
/**
 * Most descriptors of each queue (QueueNumMax).
 */
export type QueueSize = 2 | 4 | 8 | 16 | 32 | 64 | 128 | 256 | 512 | 1024
/**
 * Name of an open descriptor. It arrives beside those of `files`; a path is never part of a plan.
 */
export type Backend = string

/**
 * Everything a guest starts with: memory, bytes, processors, devices and what the host must offer. Compiled from a manifest, executed by the engine, which decides nothing. `generationId` is where 16 random bytes go at every start (the VM generation id), inside memory and a multiple of 8. `sharedMemory` is true where other processes map the guest's memory, and is left out elsewhere.
 */
export interface BootPlan {
  /**
   * Version of this format.
   */
  formatVersion: 1
  /**
   * Name of the virtual machine.
   */
  name: string
  /**
   * Guest RAM, one entry per KVM memory slot, ascending, without overlap. RAM reads as zero until `load` writes to it.
   *
   * At least 1.
   */
  memory: MemoryRegion[]
  /**
   * Files that `load` refers to. They arrive as open descriptors; a path is never part of a plan.
   */
  files: PlanFile[]
  /**
   * What is written to guest memory before the first instruction; extents do not overlap and each lies in one memory region.
   */
  load: LoadItem[]
  interrupts: Interrupts
  generationId?: Address
  /**
   * Whether guest RAM is a file without a name (memfd) rather than private memory of the engine's: for devices that another process serves.
   */
  sharedMemory?: boolean
  cpuid: CpuidLeaves
  /**
   * Model-specific registers set on every vCPU.
   */
  msrs: Msr[]
  /**
   * The processors. The first is the bootstrap processor; the others wait for INIT and SIPI.
   *
   * At least 1.
   * At most 4096.
   */
  vcpus: PlanVcpu[]
  boot: BootState
  /**
   * Devices that the engine emulates. Port ranges and MMIO windows do not overlap, and no id or GSI is given twice.
   *
   * At most 64.
   */
  devices: PlanDevice[]
  requires: Requirements
}
/**
 * A region of guest memory.
 */
export interface MemoryRegion {
  /**
   * First guest-physical address; a multiple of 4096.
   */
  gpa: string
  /**
   * Length in bytes; a multiple of 4096.
   */
  size: number
}
/**
 * A file whose bytes go to guest memory.
 */
export interface PlanFile {
  /**
   * Name by which `load` refers to the file: kernel, initrd.
   */
  id: string
  /**
   * Length of the whole file in bytes.
   */
  size: number
  /**
   * SHA-256 of the whole file.
   */
  sha256: string
}
/**
 * Bytes at an address of guest memory.
 */
export interface LoadItem {
  /**
   * What it is: kernel.0, initrd, cmdline, zero-page, mptable.pointer, mptable.config, page-tables, gdt, pvh.start-info, acpi.madt.
   */
  label: string
  /**
   * First guest-physical address.
   */
  gpa: string
  /**
   * Extent in guest memory in bytes; what the source does not fill stays zero.
   */
  size: number
  from: InlineSource | FileSource
}
/**
 * Bytes that the plan holds.
 */
export interface InlineSource {
  /**
   * Bytes in base64 (RFC 4648 with padding), at most `size`; trailing zeros are left out.
   */
  data: string
}
/**
 * Bytes of a file.
 */
export interface FileSource {
  /**
   * Id of an entry of `files`.
   */
  file: string
  /**
   * First byte in the file.
   */
  offset: number
  /**
   * Bytes to copy; at most the item's size.
   */
  size: number
}
/**
 * Interrupt controllers and timers.
 */
export interface Interrupts {
  /**
   * kernel: LAPICs, IOAPIC and PICs in KVM.
   */
  irqchip: 'kernel'
  /**
   * Whether KVM's i8254 (PIT2, with speaker port 0x61) exists.
   */
  pit: boolean
  /**
   * Three pages KVM may use for its own TSS (KVM_SET_TSS_ADDR); outside memory.
   */
  tss: string
  /**
   * One page KVM may use for an identity map (KVM_SET_IDENTITY_MAP_ADDR); outside memory.
   */
  identityMap: string
  lvt: LocalVectorTable
}
/**
 * Local vector table entries of every LAPIC at start.
 */
export interface LocalVectorTable {
  /**
   * LVT LINT0 register, offset 0x350: 0x700 is ExtINT.
   */
  lint0: string
  /**
   * LVT LINT1 register, offset 0x360: 0x400 is NMI.
   */
  lint1: string
}
/**
 * A CPUID leaf and what it returns.
 */
export interface CpuidLeaf {
  /**
   * A 64-bit value in lower-case hexadecimal without leading zeros.
   */
  leaf: string
  /**
   * A 64-bit value in lower-case hexadecimal without leading zeros.
   */
  subleaf: string
  /**
   * Whether ECX selects a subleaf (KVM_CPUID_FLAG_SIGNIFCANT_INDEX).
   */
  indexed: boolean
  eax: Address
  ebx: Address
  ecx: Address
  edx: Address
}
/**
 * A model-specific register and its value.
 */
export interface Msr {
  index: Address
  value: Address
}
/**
 * A processor.
 */
export interface PlanVcpu {
  /**
   * Local APIC id, which is KVM's vCPU id too. 255 is the broadcast id and never given.
   */
  apicId: number
  cpuid: CpuidLeaves
}
/**
 * State of the bootstrap processor at its first instruction.
 */
export interface BootState {
  /**
   * Boot protocol that this state follows.
   */
  protocol: 'linux64' | 'pvh'
  registers: BootRegisters
  control: ControlRegisters
  segments: BootSegments
  fpu: FpuState
}
/**
 * General registers; those not named are zero.
 */
export interface BootRegisters {
  rip: Address
  rflags: Address
  rax?: Address
  rbx?: Address
  rcx?: Address
  rdx?: Address
  rsi?: Address
  rdi?: Address
  rsp?: Address
  rbp?: Address
}
/**
 * Control registers and EFER.
 */
export interface ControlRegisters {
  cr0: Address
  cr3: Address
  cr4: Address
  efer: Address
}
/**
 * Descriptor tables and segment registers; `data` goes to DS, ES, FS, GS and SS.
 */
export interface BootSegments {
  gdt: DescriptorTable
  idt: DescriptorTable
  cs: Segment
  data: Segment
  tr: Segment
}
/**
 * A descriptor table.
 */
export interface DescriptorTable {
  base: Address
  limit: Address
}
/**
 * A segment register with its descriptor.
 */
export interface Segment {
  selector: Address
  base: Address
  /**
   * A 64-bit value in lower-case hexadecimal without leading zeros.
   */
  limit: string
  /**
   * A 64-bit value in lower-case hexadecimal without leading zeros.
   */
  access: string
}
/**
 * Control words of the FPU.
 */
export interface FpuState {
  fcw: Address
  mxcsr: Address
}
/**
 * A device at I/O ports.
 */
export interface PortDevice {
  id: DeviceId
  /**
   * Device model.
   */
  type: 'uart16550' | 'i8042' | 'power' | 'pvpanic'
  /**
   * I/O port ranges the device answers.
   *
   * At least 1.
   */
  ports: PortRange[]
  /**
   * Global system interrupt that the device raises, if it raises one.
   */
  gsi?: number
}
/**
 * I/O ports.
 */
export interface PortRange {
  base: Address
  size: number
}
/**
 * A balloon (virtio 1.2 §5.5).
 */
export interface VirtioBalloon {
  id: DeviceId
  type: 'virtio-balloon'
  mmio: MmioWindow
  gsi: VirtioGsi
  queueSize: QueueSize
  /**
   * Bytes of memory that the guest is to keep, a multiple of 4096 and at most what it has.
   */
  target: number
  /**
   * Whether the guest may report free pages.
   */
  freePageReporting: boolean
  /**
   * Whether the guest may take pages back when it runs out of memory.
   */
  deflateOnOom: boolean
  /**
   * Milliseconds between two requests for statistics.
   */
  statsIntervalMs: number
}
/**
 * Registers of the device (virtio 1.2 §4.2.2) in guest-physical memory, outside RAM.
 */
export interface MmioWindow {
  /**
   * A 64-bit value in lower-case hexadecimal without leading zeros.
   */
  base: string
  size: 4096
}
/**
 * A disk (virtio 1.2 §5.2).
 */
export interface VirtioBlock {
  id: DeviceId
  type: 'virtio-block'
  mmio: MmioWindow
  gsi: VirtioGsi
  queueSize: QueueSize
  backend: Backend
  /**
   * Length in sectors of 512 bytes; the backend has as many bytes.
   */
  capacity: number
  /**
   * Whether the guest may only read.
   */
  readOnly: boolean
  /**
   * What the guest is told as the device's id; printable ASCII.
   */
  serial: string
  /**
   * writeback: durable at the guest's flush. writethrough: durable before a write completes. unsafe: flushes do nothing.
   */
  cache: 'writeback' | 'writethrough' | 'unsafe'
  /**
   * Request queues.
   */
  queues: number
  /**
   * Whether discard and write-zeroes requests are taken.
   */
  discard: boolean
  /**
   * Name of an open descriptor. It arrives beside those of `files`; a path is never part of a plan.
   */
  overlay?: string
  rateLimit?: BlockRateLimit
}
/**
 * How much passes to and from a disk.
 */
export interface BlockRateLimit {
  bandwidth?: TokenBucket
  ops?: TokenBucket
}
/**
 * Bytes or operations: how many come back in a second, and how many there are at most.
 */
export interface TokenBucket {
  perSecond: number
  burst: number
}
/**
 * The machine's console as a virtio device (virtio 1.2 §5.3), beside a UART; at most one.
 */
export interface VirtioConsole {
  id: DeviceId
  type: 'virtio-console'
  mmio: MmioWindow
  gsi: VirtioGsi
  queueSize: QueueSize
}
/**
 * A directory of the host (virtio 1.2 §5.11), with one request queue. A daemon serves the queues by vhost-user; the plan has `sharedMemory`.
 */
export interface VirtioFs {
  id: DeviceId
  type: 'virtio-fs'
  mmio: MmioWindow
  gsi: VirtioGsi
  queueSize: QueueSize
  /**
   * What the guest mounts by; printable ASCII.
   */
  tag: string
  /**
   * Name of an open descriptor. It arrives beside those of `files`; a path is never part of a plan.
   */
  backend: string
  /**
   * Whether the daemon only reads. For who starts it, as is `cache`.
   */
  readOnly: boolean
  /**
   * What the daemon lets the guest keep.
   */
  cache: 'auto' | 'none' | 'always'
}
/**
 * A network card (virtio 1.2 §5.1).
 */
export interface VirtioNet {
  id: DeviceId
  type: 'virtio-net'
  mmio: MmioWindow
  gsi: VirtioGsi
  queueSize: QueueSize
  /**
   * tap: queues of one tap interface (IFF_TAP, IFF_NO_PI, IFF_VNET_HDR). stream: a connected Unix stream socket, each frame behind its length (4 bytes, big-endian).
   */
  transport: 'tap' | 'stream'
  /**
   * Names of the descriptors, one a pair of queues; a stream has one.
   *
   * At least 1.
   * At most 16.
   */
  backends: Backend[]
  /**
   * Address of the card, of one device.
   */
  mac: string
  /**
   * Longest packet in bytes; advice to the driver.
   */
  mtu: number
  /**
   * Whether checksums and segments are left to the host where the back end can.
   */
  offloads: boolean
  /**
   * Whether frames from another source address are dropped.
   */
  preventSpoofing: boolean
  /**
   * The kernel moves the frames of a tap: names of descriptors of /dev/vhost-net, one a pair of queues. Without rateLimit and preventSpoofing.
   *
   * At least 1.
   * At most 16.
   */
  vhost?: Backend[]
  rateLimit?: NetRateLimit
}
/**
 * As the guest sees it, in bytes.
 */
export interface NetRateLimit {
  receive?: TokenBucket
  transmit?: TokenBucket
}
/**
 * An entropy device (virtio 1.2 §5.4), fed by getrandom(2).
 */
export interface VirtioRng {
  id: DeviceId
  type: 'virtio-rng'
  mmio: MmioWindow
  gsi: VirtioGsi
  queueSize: QueueSize
  rateLimit?: EntropyRateLimit
}
/**
 * How much entropy the guest gets.
 */
export interface EntropyRateLimit {
  bandwidth: TokenBucket
}
/**
 * Stream sockets between guest and host (virtio 1.2 §5.10).
 */
export interface VirtioVsock {
  id: DeviceId
  type: 'virtio-vsock'
  mmio: MmioWindow
  gsi: VirtioGsi
  queueSize: QueueSize
  /**
   * Address of the guest.
   */
  cid: number
  /**
   * Name of an open descriptor. It arrives beside those of `files`; a path is never part of a plan.
   */
  listener: string
  /**
   * Name of an open descriptor. It arrives beside those of `files`; a path is never part of a plan.
   */
  connector: string
}
/**
 * What the host must offer; checked before anything is created.
 */
export interface Requirements {
  /**
   * KVM_GET_API_VERSION.
   */
  kvmApiVersion: 12
  /**
   * Extensions by the names of linux/kvm.h that KVM_CHECK_EXTENSION must report.
   */
  capabilities: string[]
}
