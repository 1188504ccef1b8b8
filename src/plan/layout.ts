// Decides where everything of a machine lies: protocol, kernel, initrd, command line, processors. Needs no host.
import type { InitrdImage, KernelImage } from '../kernel/image.ts'
import type { RngSpec, VmSpec } from '../manifest/spec.ts'
import { chooseProtocol, type Protocol } from './boot/protocol.ts'
import { checkCommandLine } from './boot/command-line.ts'
import { placeInitrd } from './boot/place-initrd.ts'
import { placeKernel, type KernelPlacement } from './boot/place-kernel.ts'
import { formatBytes } from './address.ts'
import { layOutFirmware, type Firmware } from './firmware.ts'
import { CMDLINE, MIB, PAGE_SIZE } from './guest-layout.ts'
import { e820Map, memoryRegions, type E820Entry, type Region } from './memory-map.ts'
import type { PlanProblem } from './plan-problem.ts'
import { layOutTopology, type Topology } from './topology.ts'
import { commandLineOf } from './virtio/command-line.ts'
import { entropyOf } from './virtio/entropy.ts'
import { layOutVirtio, type VirtioSlot } from './virtio/slots.ts'

/** Room for the tables in the first MiB and some for the kernel behind it. */
const MEMORY_MIN = 2 * MIB

export interface MachineLayout {
  topology: Topology
  regions: Region[]
  e820: E820Entry[]
  firmware: Firmware
  /** The entropy device, if the machine has one. */
  rng: RngSpec | undefined
  /** In the order of `wantedDevices` (virtio/devices.ts). */
  virtio: VirtioSlot[]
  boot: Protocol
  kernel: KernelPlacement
  /** Guest-physical address and length in bytes. */
  initrd: Region | null
  /** Command line in UTF-8 without its NUL, at 0x20000. */
  commandLine: { address: number; bytes: Uint8Array }
}

export type LayoutResult = { ok: true; layout: MachineLayout } | { ok: false; problems: PlanProblem[] }

/** Lays the machine out, or says everything that stands in the way. */
export function layOutMachine(spec: VmSpec, image: KernelImage, initrdImage?: Pick<InitrdImage, 'size'>): LayoutResult {
  const problems: PlanProblem[] = []
  const topology = checkTopology(spec, problems)
  const memoryFits = checkMemory(spec.memoryBytes, problems)
  const regions = memoryRegions(spec.memoryBytes)
  const boot = chooseProtocol(spec.kernel.protocol, image, problems)
  const rng = entropyOf(spec, image)
  const virtio = layOutVirtio(spec, rng, problems)
  const bytes = checkCommandLine(commandLineOf(spec, virtio), image, problems)
  const kernel = boot && memoryFits ? placeKernel(image, boot, regions, problems) : undefined
  const initrd = kernel && initrdImage ? placeInitrd(image, kernel, initrdImage.size, regions, problems) : null
  const firmware = topology && layOutFirmware(spec, topology, regions, virtio, problems)
  if (!topology || !firmware || !boot || !bytes || !kernel || problems.length > 0) return { ok: false, problems }
  const commandLine = { address: CMDLINE, bytes }
  return {
    ok: true,
    layout: { topology, regions, e820: e820Map(regions), firmware, rng, virtio, boot, kernel, initrd, commandLine },
  }
}

function checkTopology({ vcpus }: VmSpec, problems: PlanProblem[]): Topology | undefined {
  const { count, sockets, cores, threads } = vcpus
  const factors = [sockets, cores, threads]
  if (factors.every((factor) => Number.isInteger(factor) && factor > 0) && sockets * cores * threads === count) {
    return layOutTopology(vcpus)
  }
  const message = `${sockets} sockets × ${cores} cores × ${threads} threads do not make ${count} vCPUs`
  problems.push({ code: 'V201', message, pointer: '/vcpus' })
  return undefined
}

function checkMemory(bytes: number, problems: PlanProblem[]): boolean {
  const pointer = '/memory'
  if (bytes < MEMORY_MIN) {
    const message = `memory of ${formatBytes(bytes)} is too small: tables and kernel need at least ${formatBytes(MEMORY_MIN)}`
    problems.push({ code: 'V202', message, pointer, hint: 'most kernels need 64MiB or more' })
  } else if (bytes % PAGE_SIZE !== 0) {
    problems.push({ code: 'V202', message: 'memory must be a multiple of 4KiB, the size of a page', pointer })
  }
  return bytes >= MEMORY_MIN
}
