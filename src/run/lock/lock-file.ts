// volt.lock as a file: one beside the manifests of a directory, the same bytes for the same content.
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Lock, LockedMachine } from '../../manifest/lock.gen.ts'
import { writeAtomic } from '../../state/write-atomic.ts'
import { VoltError } from '../../volt-error.ts'
import { API_VERSION, schemaDigest } from './schema-digest.ts'

const NAME = 'volt.lock'
/** It is committed: readable to whoever the umask lets. */
const MODE = 0o666
const BANNER = '# What these machines are made from. Written by `volt lock`; commit it, and let no one edit it.\n'

/** Of a directory as the user named it. */
export function lockPath(directory: string): string {
  return directory === '.' ? NAME : join(directory, NAME)
}

export function emptyLock(): Lock {
  return { lockVersion: 1, schema: { apiVersion: API_VERSION, sha256: schemaDigest() }, manifests: {} }
}

/** A fact a line, in one order, so that it reads and merges well. */
export function formatLock({ lockVersion, schema, manifests }: Lock): string {
  const sorted = mapSorted(manifests, (machines) => mapSorted(machines, ordered))
  return BANNER + stringify({ lockVersion, schema, manifests: sorted }, { lineWidth: 0, aliasDuplicateObjects: false })
}

/** Throws FILE_UNWRITABLE. */
export async function writeLock(path: string, lock: Lock): Promise<void> {
  try {
    await writeAtomic(path, formatLock(lock), MODE)
  } catch (cause) {
    throw new VoltError('FILE_UNWRITABLE', `cannot write ${path}: ${(cause as Error).message}`, { cause })
  }
}

function ordered({ kernel, initrd, cpuTemplate, disks }: LockedMachine): LockedMachine {
  return {
    kernel: plain(kernel),
    ...(initrd && { initrd: plain(initrd) }),
    ...(cpuTemplate && { cpuTemplate: { template: cpuTemplate.template, sha256: cpuTemplate.sha256 } }),
    ...(disks && { disks: mapSorted(disks, plain) }),
  }
}

function plain<File extends { path: string; size: number; sha256?: string }>({ path, size, sha256 }: File): File {
  return { path, size, ...(sha256 !== undefined && { sha256 }) } as File
}

function mapSorted<In, Out>(record: Readonly<Record<string, In>>, map: (value: In) => Out): Record<string, Out> {
  const names = Object.keys(record).sort()
  return Object.fromEntries(names.map((name) => [name, map(record[name] as In)]))
}
