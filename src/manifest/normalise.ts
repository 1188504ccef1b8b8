// Manifest to VmSpec: defaults filled in from the schema, units resolved, topology completed.
import { defaultThreads } from './check-semantics.ts'
import type { Manifest } from './manifest.gen.ts'
import { defaultOf } from './schema.ts'
import { parseSize } from './size.ts'
import type { VmSpec } from './spec.ts'
import { completeTopology } from './topology.ts'

type Protocol = VmSpec['kernel']['protocol']
type ConsoleDevice = VmSpec['console']['device']

/** `manifest` must have passed the schema and checkSemantics. */
export function normalise(manifest: Manifest): VmSpec {
  const { kernel, metadata, firmware, console: terminal } = manifest
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
    vcpus: topology.layout,
    memoryBytes: parseSize(manifest.memory ?? (defaultOf('memory') as string)),
    firmware: { mptable: firmware?.mptable ?? (defaultOf('firmware', 'mptable') as boolean) },
    console: { device: terminal?.device ?? (defaultOf('console', 'device') as ConsoleDevice) },
  }
}
