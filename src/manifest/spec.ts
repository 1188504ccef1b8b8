// A manifest with every default filled in and every unit resolved: what the compiler works on and what comparisons compare.

export interface VmSpec {
  name: string
  labels: Record<string, string>
  kernel: {
    /** As written: a path, or `builtin:<name>`. */
    image: string
    sha256?: string
    /** As written. */
    initrd?: string
    cmdline: string
    protocol: 'auto' | 'linux64' | 'pvh'
  }
  vcpus: VcpuLayout
  memoryBytes: number
  firmware: { mptable: boolean }
  console: { device: 'uart' | 'none' }
}

/** count = sockets × cores × threads. */
export interface VcpuLayout {
  count: number
  sockets: number
  /** Cores in a socket. */
  cores: number
  /** Threads in a core. */
  threads: number
}
