// Plans whose disks are files of a test.
import type { DiskSpec } from '../../src/manifest/spec.ts'
import { compile } from '../../src/plan/compile.ts'
import { planDigest } from '../../src/plan/digest.ts'
import type { RunnableVm } from '../../src/run/runnable-vm.ts'
import { hostFacts } from '../plan/support/host-facts.ts'
import { diskSpec, elfImage, machineSpec } from '../plan/support/images.ts'

export const MIB = 1024 ** 2

/** A machine with the disk 'root' of 1 MiB; `overlay` is its source, where it has one. */
export function vmWithDisk(image: string, changes: Partial<DiskSpec> = {}, overlay?: string): RunnableVm {
  const spec = machineSpec(1, {
    name: 'web',
    disks: [diskSpec('root', { ...changes, overlay: overlay !== undefined })],
  })
  const result = compile({ spec, kernel: elfImage(), disks: [{ sizeBytes: MIB }], host: hostFacts('amd-epyc-pvm') })
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'))
  const sources = { kernel: '/k', 'disk-root': image, ...(overlay !== undefined && { 'overlay-root': overlay }) }
  return { name: 'web', plan: result.plan, digest: planDigest(result.plan), sources, files: new Map() }
}
