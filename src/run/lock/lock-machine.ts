// What a machine is made from, as volt.lock has it.
import { open } from 'node:fs/promises'
import { hashFile } from '../../kernel/hash-file.ts'
import type { LockedDisk, LockedFile, LockedMachine } from '../../manifest/lock.gen.ts'
import type { DiskSpec, VmSpec } from '../../manifest/spec.ts'
import { VoltError } from '../../volt-error.ts'
import type { LoadedVm } from '../load-vms.ts'
import { sourceOf } from '../made-disk.ts'
import type { LoadedDisk } from '../read-disks.ts'
import { sha256Of } from './schema-digest.ts'

/** Reads the images that are only read, to their ends. Throws FILE_UNREADABLE. */
export async function lockMachine({ document: { spec }, kernel, initrd, disks }: LoadedVm): Promise<LockedMachine> {
  const { template, rules } = spec.cpu
  const images: Record<string, LockedDisk> = {}
  for (const [index, disk] of spec.disks.entries()) {
    const loaded = disks[index]
    if (loaded !== undefined) images[disk.name] = await lockDisk(disk, loaded)
  }
  return {
    kernel: lockFile(spec.kernel.image, kernel.image),
    ...(initrd && { initrd: lockFile(initrdPath(spec.kernel.initrd) ?? initrd.source, initrd.image) }),
    ...(rules && { cpuTemplate: { template, sha256: sha256Of(rules) } }),
    ...(disks.length > 0 && { disks: images }),
  }
}

function initrdPath(initrd: VmSpec['kernel']['initrd']): string | undefined {
  return typeof initrd === 'object' ? initrd.directory : initrd
}

function lockFile(path: string, { size, sha256 }: { size: number; sha256: string }): LockedFile {
  return { path, size, sha256 }
}

/** Of a disk that Volt makes the digest is of what it is made from: its bytes depend on the version of e2fsprogs, too. */
async function lockDisk(
  { path = '', from, readOnly, overlay }: DiskSpec,
  { source, sizeBytes, inputs }: LoadedDisk,
): Promise<LockedDisk> {
  if (from !== undefined) return { path: sourceOf(from).path, size: sizeBytes, ...(inputs && { sha256: inputs }) }
  if (!readOnly && overlay === false) return { path, size: sizeBytes }
  const handle = await open(source, 'r').catch((cause: unknown) => {
    throw new VoltError('FILE_UNREADABLE', `${path} cannot be read: ${(cause as Error).message}`, { cause })
  })
  try {
    return { path, size: sizeBytes, sha256: await hashFile(handle, sizeBytes) }
  } finally {
    await handle.close()
  }
}
