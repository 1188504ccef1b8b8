// Kernel images as facts, without files: what src/kernel/ would say of them.
import type { BzImageKernel, ElfKernel } from '../../../src/kernel/image.ts'
import type { DiskSpec, NetworkSpec, VcpuLayout, VmSpec } from '../../../src/manifest/spec.ts'

export const MIB = 1024 * 1024

/** An ELF like a small guest of ours: one segment at 1 MiB, entry at its start. */
export function elfImage(changes: Partial<ElfKernel> = {}): ElfKernel {
  return {
    format: 'elf',
    size: 0x5000,
    sha256: 'ab'.repeat(32),
    entry: 0x100000,
    segments: [{ gpa: 0x100000, fileOffset: 0x1000, fileSize: 0x2345, memorySize: 0x4000 }],
    ...changes,
  }
}

/** A bzImage with the figures of Debian's 6.1 kernel. Its setup header is recognisable: byte i holds i, except the fields used. */
export function bzImage(changes: Partial<BzImageKernel> = {}): BzImageKernel {
  const setupHeader = Uint8Array.from({ length: 0x7b }, (_, index) => index)
  const view = new DataView(setupHeader.buffer)
  view.setUint16(0x1fe - 0x1f1, 0xaa55, true)
  view.setUint32(0x202 - 0x1f1, 0x53726448, true)
  view.setUint16(0x206 - 0x1f1, 0x20f, true)
  return {
    format: 'bzimage',
    size: 8 * MIB + 0x4000,
    sha256: 'cd'.repeat(32),
    setupHeader,
    protocolVersion: 0x20f,
    payloadOffset: 0x4000,
    payloadSize: 8 * MIB,
    prefAddress: 0x1000000,
    initSize: 0x3a00000,
    kernelAlignment: 0x200000,
    relocatable: true,
    entry64: true,
    cmdlineMax: 2047,
    initrdAddressMax: 0x7fffffff,
    ...changes,
  }
}

/** A spec with defaults; `vcpus` as count × 1 thread in one socket when a number. */
export function machineSpec(
  vcpus: number | [sockets: number, cores: number, threads: number],
  changes: Partial<VmSpec> = {},
): VmSpec {
  return {
    name: 'machine',
    labels: {},
    kernel: { image: './kernel', cmdline: 'console=ttyS0 reboot=k panic=-1', protocol: 'auto' },
    vcpus: vcpuLayout(vcpus),
    cpu: { template: 'host', features: {} },
    memoryBytes: 128 * MIB,
    firmware: { mptable: true, acpi: false },
    console: { device: 'uart', maxSizeBytes: 16 * MIB },
    disks: [],
    networks: [],
    shares: [],
    restart: 'never',
    sandbox: 'best-effort',
    stopTimeoutMs: 30_000,
    ...changes,
  }
}

/** A disk with defaults. */
export function diskSpec(name: string, changes: Partial<DiskSpec> = {}): DiskSpec {
  return {
    name,
    path: `./${name}.img`,
    readOnly: false,
    overlay: false,
    cache: 'writeback',
    serial: name,
    queues: 1,
    discard: true,
    ...changes,
  }
}

export function networkSpec(name: string, changes: Partial<NetworkSpec> = {}): NetworkSpec {
  const attachment = changes.user === undefined ? { tap: name } : {}
  return { name, mac: '02:00:00:00:00:01', mtu: 1500, queues: 1, preventSpoofing: true, ...attachment, ...changes }
}

function vcpuLayout(vcpus: number | [number, number, number]): VcpuLayout {
  if (typeof vcpus === 'number') return { count: vcpus, sockets: 1, cores: vcpus, threads: 1 }
  const [sockets, cores, threads] = vcpus
  return { count: sockets * cores * threads, sockets, cores, threads }
}

/** `builtin:hello` as it was when the golden plan was written; the compiler sees nothing else of a kernel. */
export function helloImage(): ElfKernel {
  return {
    format: 'elf',
    size: 16808,
    sha256: '5d'.repeat(32),
    entry: 0x100000,
    segments: [
      { gpa: 0x100000, fileOffset: 0x1000, fileSize: 0x1d8d, memorySize: 0x1d8d },
      { gpa: 0x102000, fileOffset: 0x3000, fileSize: 0x1004, memorySize: 0x88124 },
    ],
  }
}
