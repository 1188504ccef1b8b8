// A manifest with every default filled in and every unit resolved: what the compiler works on and what comparisons compare.

/** A machine as its manifest means it: every default is there, and every unit is bytes or milliseconds. */
export interface VmSpec {
  name: string
  labels: Record<string, string>
  kernel: {
    /** As written: a path, a kernel of the store, or `builtin:<name>`. */
    image: string
    sha256?: string
    /** A path as written, or what Volt makes it from. */
    initrd?: string | InitrdSpec
    cmdline: string
    protocol: 'auto' | 'linux64' | 'pvh'
  }
  vcpus: VcpuLayout & {
    /** Processors of the host, ascending: one list for all vCPUs, or one for each; absent where they may run anywhere. */
    pin?: string | string[]
  }
  cpu: CpuModel
  memoryBytes: number
  /** Absent where the host decides. */
  hugePages?: HugePages
  /** Absent where nothing is limited. */
  resources?: ResourcesSpec
  /** At least one node; absent where the manifest has none. */
  numa?: NumaNode[]
  firmware: { mptable: Firmware; acpi: Firmware }
  /** virtio: a virtio console beside the UART; the size is that of the log of what the guest writes. */
  console: { device: 'uart' | 'virtio' | 'none'; maxSizeBytes: number }
  /** In the order of the manifest, which is that of the guest. */
  disks: DiskSpec[]
  /** In the order of the manifest, which is that of the guest. */
  networks: NetworkSpec[]
  /** Absent where the machine has no entropy device; auto: as its kernel and its tables suggest. */
  rng?: RngSpec | 'auto'
  /** Absent where the machine has no vsock device. */
  vsock?: VsockSpec
  /** Absent where cloud-init in the guest is told nothing. */
  provision?: ProvisionSpec
  /** Absent where the machine has no balloon. */
  balloon?: BalloonSpec
  /** In the order of the manifest. */
  shares: ShareSpec[]
  /** Names of machines of the same file that start before it; absent where there are none. */
  dependsOn?: string[]
  /** What follows when the machine's process ends by itself. */
  restart: 'never' | 'on-failure' | 'always'
  /** Absent where nothing says when the guest is ready. */
  readiness?: ReadinessSpec
  sandbox: SandboxMode
  /** How long `volt stop` waits for the guest to power itself off, in milliseconds. */
  stopTimeoutMs: number
}

/** Paths are as written. */
export interface InitrdSpec {
  directory: string
  /** Names of the kernel's modules that are put into it; absent where there are none. */
  modules?: string[]
}

/** One sign that the guest does what it is for, and how long to wait for it at each boot. */
export type ReadinessSpec = ({ console: string } | { vsock: number } | { tcp: number }) & { timeoutMs: number }
/** strict: a layer that the host lacks is an error; best-effort: it is reported. */
export type SandboxMode = 'strict' | 'best-effort' | 'off'

/** transparent: where the kernel finds room; the others are of the host's pool. */
export type HugePages = 'transparent' | '2MiB' | '1GiB'

/** Limits of the machine's process; absent ones are none. */
export interface ResourcesSpec {
  /** Processors' worth of time. */
  cpu?: number
  cpuWeight?: number
  /** Beside guest memory and its page tables. */
  memoryOverheadBytes?: number
  ioWeight?: number
  pids?: number
}

/** What Volt makes a disk from: one of three. Paths are as written. */
export interface DiskSourceSpec {
  directory?: string
  ociLayout?: string
  dockerArchive?: string
  /** Which image of several. */
  ref?: string
}

/** A virtio disk, of an image at a path or of one that Volt makes. Paths are as written. */
export interface DiskSpec {
  name: string
  path?: string
  from?: DiskSourceSpec
  /** Of one that Volt makes. */
  sizeBytes?: number
  readOnly: boolean
  /** Where the writes go instead: true is a file of Volt's own. */
  overlay: boolean | string
  cache: 'writeback' | 'writethrough' | 'unsafe'
  serial: string
  queues: number
  discard: boolean
  rateLimit?: { bandwidth?: RateSpec; ops?: RateSpec }
}

/** A virtio network card, attached to one of `user`, `tap`, `bridge` and `network`. */
export interface NetworkSpec {
  name: string
  /** Through passt. Ports are as written. */
  user?: { ports: string[] }
  /** Name of an interface of the host. */
  tap?: string
  /** Name of a bridge of the host that gets a tap for this network. */
  bridge?: string
  /** Name of a private network of the project. */
  network?: string
  /** In lower case. */
  mac: string
  mtu: number
  queues: number
  preventSpoofing: boolean
  /** The kernel moves the frames of a tap. */
  vhost?: true
  rateLimit?: { receive?: RateSpec; transmit?: RateSpec }
}

/** The entropy device. */
export interface RngSpec {
  rateLimit?: { bandwidth: RateSpec }
}

/** The vsock device. */
export interface VsockSpec {
  cid: number
  /** As written; absent for a socket of Volt's own. */
  path?: string
}

/** What cloud-init finds. References stand as they are written: what they name is in no spec. */
export interface ProvisionSpec {
  hostname: string
  sshKeys: (string | EnvironmentReference)[]
  /** A path as written, or a cloud-config with references in it. */
  userData?: string | Record<string, unknown>
}

/** Text of the environment in which the machine is started. */
export interface EnvironmentReference {
  env: string
}

/** The balloon. */
export interface BalloonSpec {
  /** Memory that the guest keeps. */
  targetBytes: number
  freePageReporting: boolean
  deflateOnOom: boolean
  statsIntervalMs: number
}

/** A directory of the host in the guest. */
export interface ShareSpec {
  tag: string
  /** As written. */
  directory: string
  readOnly: boolean
  cache: 'auto' | 'none' | 'always'
}

/** Bytes or operations: in a second, and at once after a pause. */
export interface RateSpec {
  perSecond: number
  burst: number
}

/** auto: as far as the tables can express the machine. */
export type Firmware = 'auto' | boolean

/** count = sockets × cores × threads. */
export interface VcpuLayout {
  count: number
  sockets: number
  /** Cores in a socket. */
  cores: number
  /** Threads in a core. */
  threads: number
}

/** Which of the host's processor features the guest sees. Names are Linux's, src/plan/cpu-model/feature-words.ts. */
export interface CpuModel {
  /** As written: `host`, the name of a template, or a path. */
  template: string
  /** What the template says; absent for `host`. */
  rules?: CpuTemplateRules
  /** Switched by name, over the template. */
  features: Record<string, boolean>
}

/** A feature that is in neither list is off. */
export interface CpuTemplateRules {
  /** On; a host without one of them cannot run the machine. */
  features: string[]
  /** As the host has them. */
  keep: string[]
}

/** A node of the machine, with its processors and its memory in bytes. */
export interface NumaNode {
  /** Indices of its vCPUs, ascending. */
  vcpus: number[]
  memoryBytes: number
  /** To each node in order, in SLIT's units: 10 to itself. */
  distances: number[]
}
