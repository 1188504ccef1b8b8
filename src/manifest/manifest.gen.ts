// Generated from schema/manifest.schema.json by `npm run generate`; edit the schema instead.

/**
 * Bytes a second, or a rate with the burst that may pass at once after a pause. Left out, there is no limit.
 */
export type BandwidthLimit = string | BandwidthRate

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
  /**
   * Manifests that this one is written over, by path relative to it: what they say holds as far as this one says nothing else, and of several the later one's word. See docs/composition.md.
   */
  extends?: string | string[]
  vars?: Variables
  /**
   * Whether this is a base for others and no machine: it may lack what a machine needs.
   */
  abstract?: boolean
  metadata: Metadata
  kernel: Kernel
  /**
   * Processors: a number, or a count with a topology.
   */
  vcpus?: number | VcpuTopology
  cpu?: Cpu
  /**
   * Guest memory with its unit: KiB, MiB, GiB or TiB; a multiple of 4 KiB, from 2 MiB to 64 TiB. Left out, it is what the NUMA nodes have together, or the default.
   */
  memory?: string
  /**
   * Pages of the host that hold guest memory. transparent: large ones where the kernel finds room for them; 2MiB and 1GiB: of the host's pool, all taken at the start, which fails where too few are free. Left out, the host decides. The guest does not see it.
   */
  hugePages?: 'transparent' | '2MiB' | '1GiB'
  resources?: Resources
  /**
   * NUMA nodes. Each vCPU is in exactly one; the guest learns of them by ACPI.
   *
   * At least 1.
   * At most 64.
   */
  numa?: NumaNode[]
  firmware?: Firmware
  console?: Console
  /**
   * Disks, as virtio block devices in this order: the first is /dev/vda to Linux. Volt adds nothing to the command line but where the devices are when ACPI is off; root=/dev/vda is yours to write.
   *
   * At most 64.
   */
  disks?: Disk[]
  /**
   * A virtio entropy device, fed by the host's getrandom(2). Left out, a Linux that finds it by ACPI has one.
   */
  rng?: boolean | Rng
  /**
   * Network cards, as virtio devices behind the disks and the entropy device, in this order. Each is attached to exactly one of user, tap, bridge and network.
   *
   * At most 64.
   */
  networks?: Network[]
  /**
   * Stream sockets between programs of the guest and of the host (virtio-vsock, docs/vsock.md). true is a device with defaults.
   */
  vsock?: boolean | Vsock
  provision?: Provision
  /**
   * A virtio balloon, by which the guest gives memory back to the host while it runs: up to a target that can change (`volt set NAME balloon=256MiB`), and pages that it reports free.
   */
  balloon?: boolean | Balloon
  /**
   * Directories of the host in the guest by virtio-fs, as devices behind the balloon, in this order. Each has a virtiofsd of its own, which ends with the machine. In the guest: mount -t virtiofs TAG /mnt.
   *
   * At most 64.
   */
  shares?: Share[]
  /**
   * Machines of the same file that `volt apply` starts before this one, by name; it ends them after this one.
   *
   * At most 256.
   */
  dependsOn?: string[]
  /**
   * Whether the machine's process is started again when it ends, with a growing pause where it ends at once. on-failure: where the guest panicked, was stopped by a triple fault, or its process was killed. always: also where the guest powered itself off. `volt stop` and `volt destroy` end it for good. A guest that resets itself boots again in any case.
   */
  restart?: 'never' | 'on-failure' | 'always'
  readiness?: Readiness
  /**
   * How the machine's process is confined (namespaces, an empty root, no capabilities, Landlock, seccomp). strict: it does not start where the host lacks a layer; best-effort: it starts with what there is, and `volt inspect` says what is missing; off: for debugging.
   */
  sandbox?: 'strict' | 'best-effort' | 'off'
  /**
   * How long `volt stop` waits for the guest to power itself off before it ends the machine: ms, s, m or h, seconds without one, at most a day.
   */
  stopTimeout?: string | number
}
/**
 * Variables that values of this manifest refer to as ${var.NAME}. Their values come from --var, --var-file and defaults, in this order.
 */
export interface Variables {
  [k: string]: Variable
}
/**
 * A variable: its type, what it is without another value, and what it is for.
 */
export interface Variable {
  /**
   * What its values are. size: 512MiB. duration: 30s. path: relative to where the value is written; one of --var, to the working directory.
   */
  type?: 'string' | 'number' | 'boolean' | 'size' | 'duration' | 'path'
  /**
   * Value where none is given. Left out, one must be given.
   */
  default?: string | number | boolean
  /**
   * What it is for, in a sentence.
   */
  description?: string
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
   * Path of a kernel, relative to the manifest: an ELF (vmlinux) or a bzImage (vmlinuz). A word without a slash may name one that `volt kernel` keeps: NAME, or NAME@VERSION for the newest version that begins so. `builtin:hello` is a guest that comes with Volt.
   */
  image: string
  /**
   * SHA-256 that the image must have; a difference is an error.
   */
  sha256?: string
  /**
   * Initial RAM disk: the path of one, relative to the manifest, or a directory that Volt makes one from.
   */
  initrd?: string | Initrd
  /**
   * Kernel command line: a string, or a list of words joined by spaces. Given to the kernel as it is.
   */
  cmdline?: string | string[]
  /**
   * Boot protocol. auto: PVH for an ELF that carries the PVH note, the 64-bit Linux protocol otherwise.
   */
  protocol?: 'auto' | 'linux64' | 'pvh'
}
/**
 * An initial RAM disk that Volt makes.
 */
export interface Initrd {
  /**
   * Path of a directory, relative to the manifest: what is in it becomes a cpio archive, the same bytes for the same content. Its `init` is what the kernel starts.
   */
  directory: string
  /**
   * Modules of the kernel that are put into the archive, with all that they depend on: to `lib/modules/RELEASE`, where `modules.volt` has their paths in the order to load them. The kernel is one that `volt kernel` took from a Debian package. What is part of the kernel itself counts as there.
   *
   * At least 1.
   * At most 256.
   */
  modules?: string[]
}
/**
 * Processors with their topology.
 */
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
  /**
   * Processors of the host that the vCPUs run on, by their numbers: one list for all of them, or a list for each. The guest does not see it.
   */
  pin?: string | string[]
}
/**
 * Which of the host's processor features the guest sees.
 */
export interface Cpu {
  /**
   * host: every feature that the host's KVM offers. A name: a template that comes with Volt. A path with a slash or ending in .yaml: a template of your own, relative to the manifest.
   */
  template?: string
  features?: CpuFeatures
}
/**
 * Features switched by name, as Linux prints them in /proc/cpuinfo, over the template. What needs a feature that is off goes with it; a feature that is on must be offered by the host.
 */
export interface CpuFeatures {
  [k: string]: boolean
}
/**
 * What the machine's process may use of the host at most, as limits of a cgroup (version 2) of its own. What serves its devices beside it (passt, virtiofsd) does not count. Without it there is no cgroup and no limit.
 */
export interface Resources {
  /**
   * Processors' worth of time, for vCPUs and devices together: 1.5 is one and a half (cpu.max).
   */
  cpu?: number
  /**
   * Share of processors that are short, against 100 of others (cpu.weight). Left out, it is not set.
   */
  cpuWeight?: number
  /**
   * Memory that the process may take beside the guest's and the page tables for that, the host's cache of its disks included: from 16 MiB to 64 TiB (memory.max). Beyond it the kernel takes cache back, and then ends the machine.
   */
  memoryOverhead?: string
  /**
   * Share of disks that are busy, against 100 of others (io.weight). Left out, it is not set.
   */
  ioWeight?: number
  /**
   * Threads (pids.max): at least 16 more than there are vCPUs. Each device has one or more. Left out, there is no limit.
   */
  pids?: number
}
/**
 * A node: its processors, its memory, and how far others are.
 */
export interface NumaNode {
  /**
   * The vCPUs of the node: indices from 0 and ranges, separated by commas.
   */
  vcpus: string
  /**
   * Memory of the node, at least 4 MiB and a multiple of 4 KiB. All nodes together make the machine's memory.
   */
  memory: string
  /**
   * Distance to each node in order: 10 to itself, more to others, 255 where there is no way. Left out, it is 10 and what the others say, or 20.
   *
   * At most 64.
   */
  distances?: number[]
}
/**
 * Tables that tell the guest what the machine is made of.
 */
export interface Firmware {
  /**
   * Whether the guest finds an Intel MultiProcessor Specification 1.4 table. auto: it does, unless the table cannot express the machine.
   */
  mptable?: 'auto' | true | false
  /**
   * Whether the guest finds ACPI tables: hardware-reduced ACPI 6.4 with power button, sleep and reset registers. auto: it does.
   */
  acpi?: 'auto' | true | false
}
/**
 * The guest's console. What it writes to any of its devices is one output; Volt adds nothing to the command line, so `console=` is yours to write.
 */
export interface Console {
  /**
   * uart: a 16550 at COM1, ttyS0 to Linux. virtio: that and a virtio console, hvc0 to Linux, which is faster, knows the size of the terminal and has the input once its driver runs. none: no console.
   */
  device?: 'uart' | 'virtio' | 'none'
  /**
   * How large console.log becomes before it is put aside as console.log.1, in place of an older one: KiB, MiB, GiB or TiB, at least 4KiB. `volt logs` shows both.
   */
  maxSize?: string
}
/**
 * A disk.
 */
export interface Disk {
  /**
   * Name of the disk, unique in its machine: lower-case letters, digits and hyphens, at most 20 characters, beginning with a letter. It says which disk is meant in a plan, a message and a change.
   */
  name: string
  /**
   * Path of a raw image, relative to the manifest: a file whose size is a multiple of 512 bytes. It is locked as long as the machine runs.
   */
  path?: string
  from?: DiskSource
  /**
   * Size of a disk that Volt makes (`from`): whole MiB from 8MiB to 1TiB. The file takes as much on the host as is in it.
   */
  size?: string
  /**
   * Whether the guest may only read. Read-only disks can share an image.
   */
  readOnly?: boolean
  /**
   * Where the guest's writes go instead of the image, which is then only read and can be shared. true: a file of Volt's own that `volt destroy --delete-data` removes; under `volt run` a temporary one. A path, relative to the manifest: that file, made when it is missing and never removed.
   */
  overlay?: boolean | string
  /**
   * When a write is safe on the host's disk. writeback: when the guest flushes. writethrough: before the guest hears that it is written. unsafe: whenever the host likes, flushes count for nothing; for images that may be lost.
   */
  cache?: 'writeback' | 'writethrough' | 'unsafe'
  /**
   * Serial number, at most 20 characters: the guest finds the disk as /dev/disk/by-id/virtio-SERIAL. Left out, it is the name.
   */
  serial?: string
  /**
   * Request queues. More than one helps several vCPUs that use the disk at once; more than there are vCPUs do not help.
   */
  queues?: number
  /**
   * Whether the guest may give blocks back (fstrim, discard), which makes holes in the image. Left out, it may where it may write.
   */
  discard?: boolean
  rateLimit?: DiskRateLimit
}
/**
 * Instead of `path`: what Volt makes the disk from, an ext4 file system with these files. The guest's writes go to an overlay of Volt's own, unless the disk is `readOnly`.
 */
export interface DiskSource {
  /**
   * Path of a directory, relative to the manifest.
   */
  directory?: string
  /**
   * Path of a directory with an image of containers as an OCI layout, relative to the manifest; skopeo and buildah write such.
   */
  ociLayout?: string
  /**
   * Path of an archive with an image of containers, relative to the manifest, as `docker save` writes it.
   */
  dockerArchive?: string
  /**
   * Which image of several: the name that an OCI layout gives it, or NAME:TAG of a Docker archive.
   */
  ref?: string
}
/**
 * How much the disk may do in a second; reads and writes count together.
 */
export interface DiskRateLimit {
  bandwidth?: BandwidthLimit
  /**
   * Operations a second, or a rate with the burst that may be done at once after a pause. Left out, there is no limit.
   */
  ops?: number | OperationsRate
}
/**
 * Bytes a second, and how many may pass at once after a pause.
 */
export interface BandwidthRate {
  /**
   * Bytes a second with their unit: KiB/s, MiB/s, GiB/s or TiB/s.
   */
  rate: string
  /**
   * Bytes that may pass at once after a pause; left out, those of a second.
   */
  burst?: string
}
/**
 * Operations a second, and how many may pass at once after a pause.
 */
export interface OperationsRate {
  /**
   * Operations a second.
   */
  rate: number
  /**
   * Operations that may be done at once after a pause; left out, those of a second.
   */
  burst?: number
}
/**
 * The entropy device.
 */
export interface Rng {
  rateLimit?: RngRateLimit
}
/**
 * How many bytes the guest may draw in a second.
 */
export interface RngRateLimit {
  bandwidth: BandwidthLimit
}
/**
 * A network card.
 */
export interface Network {
  /**
   * Name of the network, unique in its machine, which the guest does not see. Left out, it is net0, net1 and so on by its place in the list.
   */
  name?: string
  /**
   * The host's networks through passt, which runs as this user and ends with the machine. Nothing reaches the guest from outside but by the ports that are listed, and the guest does not reach the host's loopback addresses.
   */
  user?: boolean | UserNetwork
  /**
   * An existing tap interface that this user may attach to: ip tuntap add tap0 mode tap user $USER.
   */
  tap?: string
  /**
   * A bridge of the host's, on which a tap is made for the machine; it is gone with the machine. Takes root (CAP_NET_ADMIN).
   */
  bridge?: string
  /**
   * A private network: the machines of the project that name it reach each other, by address and by name (web, web.backend), and nobody else does. For machines of volt apply.
   */
  network?: string
  /**
   * Address of the card. Left out, it follows from the names of the machine and of the network, and stays the same.
   */
  mac?: string
  /**
   * Longest packet in bytes, which the guest is told of.
   */
  mtu?: number
  /**
   * Pairs of queues. More than one helps several vCPUs, and needs a private network, a bridge, or a tap that was made with multi_queue.
   */
  queues?: number
  /**
   * Whether frames that the guest sends from another address than the card's are dropped. Addresses inside the frames (IP, ARP) are not looked at. With vhost none are, and this is false.
   */
  preventSpoofing?: boolean
  /**
   * Whether the host's kernel moves the frames of a tap (vhost-net). Faster, and the guest's queues are read by the kernel, not by a process of this user.
   */
  vhost?: boolean
  rateLimit?: NetworkRateLimit
}
/**
 * A network through passt.
 */
export interface UserNetwork {
  /**
   * Ports of the host that lead to the guest: HOST:GUEST, with an address of the host in front (127.0.0.1:8080:80, [::1]:8080:80) to listen there only, and /udp behind for UDP.
   *
   * At most 128.
   */
  ports?: string[]
}
/**
 * How many bytes the guest may receive and transmit in a second.
 */
export interface NetworkRateLimit {
  receive?: BandwidthLimit
  transmit?: BandwidthLimit
}
/**
 * The vsock device.
 */
export interface Vsock {
  /**
   * Address of the guest; the host's is 2. Left out, it follows from the name of the machine, and stays the same.
   */
  cid?: number
  /**
   * Path of the Unix socket on which programs of the host ask for ports of the guest, relative to the manifest. The guest's connections to port N of the host go to PATH_N. Left out, it lies in the machine's state.
   */
  path?: string
}
/**
 * What cloud-init in the guest finds on a read-only disk of Volt's own, behind the others (NoCloud, docs/getting-in.md).
 */
export interface Provision {
  /**
   * Host name of the guest; left out, the name of the machine.
   */
  hostname?: string
  /**
   * Public keys by which the image's default user is reached with ssh, as in authorized_keys; or `{ env: NAME }` for one in the environment of volt.
   *
   * At most 64.
   */
  sshKeys?: (string | EnvironmentReference)[]
  /**
   * cloud-init's user data: the path of a file, relative to the manifest, or a cloud-config as a mapping, in which each `{ env: NAME }` stands for text of the environment of volt.
   */
  userData?: string | CloudConfig
}
/**
 * Text of a variable of volt's environment when the machine starts. It is shown and kept nowhere but in the guest's disk.
 */
export interface EnvironmentReference {
  /**
   * Name of the variable.
   */
  env: string
}
/**
 * A cloud-config as a mapping.
 */
export interface CloudConfig {
  [k: string]: unknown
}
/**
 * The balloon.
 */
export interface Balloon {
  /**
   * Memory that the guest keeps; it is asked for the rest when its driver starts. A multiple of 4 KiB, from 2 MiB to the machine's memory. Left out, the guest keeps all of it.
   */
  target?: string
  /**
   * Whether the guest tells which of its pages are free, beside the balloon, so that the host has them back until they are used again.
   */
  freePageReporting?: boolean
  /**
   * Whether a guest that runs out of memory may take pages out of the balloon instead of ending a process.
   */
  deflateOnOom?: boolean
  /**
   * How often the guest is asked what it does with its memory, which `volt inspect` shows: ms, s, m or h, seconds without one, from 100ms to an hour.
   */
  statsInterval?: string | number
}
/**
 * A directory of the host.
 */
export interface Share {
  /**
   * What the guest mounts it by, unique in its machine; at most 36 bytes.
   */
  tag: string
  /**
   * Path of the directory, relative to the manifest. The guest reaches what is below it and nothing else.
   */
  directory: string
  /**
   * Whether the guest may only read. The host holds it to that.
   */
  readOnly?: boolean
  /**
   * What the guest keeps of the directory. auto: names and attributes for a second, data while a file is open. none: nothing, so that changes by the host are seen at once. always: everything, where nobody else changes it.
   */
  cache?: 'auto' | 'none' | 'always'
}
/**
 * By what Volt knows that the guest does what it is for: one of console, vsock and tcp. `volt apply --wait` and `volt wait --for ready` wait for it, `volt ps` shows it.
 */
export interface Readiness {
  /**
   * An extended regular expression (POSIX, as of grep -E) for a line that the guest writes to its console, a prompt for one. It has no back-references.
   */
  console?: string
  /**
   * A vsock port on which a program of the guest listens; the machine needs `vsock`.
   */
  vsock?: number
  /**
   * A port of the host that one of the machine's user networks forwards to the guest. A program of the guest accepts connections there.
   */
  tcp?: number
  /**
   * After how long without the sign, counted from each boot, the machine counts as not ready: ms, s, m or h, seconds without one, at most a day. It goes on.
   */
  timeout?: string | number
}
