// Manifest to VmSpec: defaults filled in from the schema, units resolved, topology completed.
import { completeDistances } from './check-numa.ts'
import { defaultThreads, memoryOf } from './check-semantics.ts'
import { devicesOf } from './normalise-devices.ts'
import { parseDuration } from './duration.ts'
import { normaliseCpuList } from './cpu-list.ts'
import { parseIndexList } from './index-list.ts'
import type { Manifest, NumaNode as WrittenNode, Readiness as WrittenReadiness, Resources } from './manifest.gen.ts'
import { defaultOf } from './schema.ts'
import { parseSize } from './size.ts'
import type { Firmware, NumaNode, ReadinessSpec, ResourcesSpec, SandboxMode, VmSpec } from './spec.ts'
import { completeTopology } from './topology.ts'

type Protocol = VmSpec['kernel']['protocol']
type ConsoleDevice = VmSpec['console']['device']

/** `manifest` must have passed the schema and checkSemantics. What a CPU template says is added when it is read. */
export function normalise(manifest: Manifest): VmSpec {
  const { kernel, metadata, cpu, numa, firmware, console: terminal, dependsOn = [] } = manifest
  const cmdline = kernel.cmdline ?? (defaultOf('kernel', 'cmdline') as string)
  const topology = completeTopology(manifest.vcpus ?? (defaultOf('vcpus') as number), defaultThreads())
  if (!topology.ok) throw new Error(`not a checked manifest: ${topology.message}`)
  return {
    name: metadata.name,
    labels: { ...metadata.labels },
    kernel: {
      image: kernel.image,
      ...(kernel.sha256 !== undefined && { sha256: kernel.sha256 }),
      ...(kernel.initrd !== undefined && { initrd: kernel.initrd }),
      cmdline: typeof cmdline === 'string' ? cmdline : cmdline.join(' '),
      protocol: kernel.protocol ?? (defaultOf('kernel', 'protocol') as Protocol),
    },
    vcpus: { ...topology.layout, ...pinOf(manifest.vcpus) },
    cpu: { template: cpu?.template ?? (defaultOf('cpu', 'template') as string), features: { ...cpu?.features } },
    memoryBytes: memoryOf(manifest),
    ...(manifest.hugePages !== undefined && { hugePages: manifest.hugePages }),
    ...(manifest.resources && { resources: resourcesOf(manifest.resources) }),
    ...(numa && { numa: nodesOf(numa) }),
    firmware: {
      mptable: firmware?.mptable ?? (defaultOf('firmware', 'mptable') as Firmware),
      acpi: firmware?.acpi ?? (defaultOf('firmware', 'acpi') as Firmware),
    },
    console: {
      device: terminal?.device ?? (defaultOf('console', 'device') as ConsoleDevice),
      maxSizeBytes: parseSize(terminal?.maxSize ?? (defaultOf('console', 'maxSize') as string)),
    },
    ...devicesOf(manifest),
    ...(dependsOn.length > 0 && { dependsOn: [...dependsOn] }),
    restart: manifest.restart ?? (defaultOf('restart') as VmSpec['restart']),
    ...(manifest.readiness && { readiness: readinessOf(manifest.readiness) }),
    sandbox: manifest.sandbox ?? (defaultOf('sandbox') as SandboxMode),
    stopTimeoutMs: parseDuration(manifest.stopTimeout ?? (defaultOf('stopTimeout') as string)),
  }
}

function readinessOf({ console: pattern, vsock, tcp, timeout }: WrittenReadiness): ReadinessSpec {
  const timeoutMs = parseDuration(timeout ?? (defaultOf('readiness', 'timeout') as string))
  if (pattern !== undefined) return { console: pattern, timeoutMs }
  if (vsock !== undefined) return { vsock, timeoutMs }
  if (tcp !== undefined) return { tcp, timeoutMs }
  throw new Error('not a checked manifest: readiness is empty')
}

/** Lists that are all the same are one. */
function pinOf(vcpus: Manifest['vcpus']): { pin?: string | string[] } {
  if (typeof vcpus !== 'object' || vcpus.pin === undefined) return {}
  const lists = [vcpus.pin].flat().map(normaliseCpuList)
  const [first = ''] = lists
  return { pin: lists.every((list) => list === first) ? first : lists }
}

function resourcesOf({ memoryOverhead, ...others }: Resources): ResourcesSpec {
  return { ...others, ...(memoryOverhead !== undefined && { memoryOverheadBytes: parseSize(memoryOverhead) }) }
}

function nodesOf(numa: readonly WrittenNode[]): NumaNode[] {
  const distances = completeDistances(numa)
  return numa.map(({ vcpus, memory }, node) => ({
    vcpus: (parseIndexList(vcpus) ?? []).sort((a, b) => a - b),
    memoryBytes: parseSize(memory),
    distances: distances[node] ?? [],
  }))
}
