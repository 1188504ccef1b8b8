// The disk by which cloud-init is told of its machine, as plans and their sources have it: one more, behind the manifest's.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { DiskSpec, VmSpec } from '../manifest/spec.ts'
import type { VmFiles } from '../state/vm-files.ts'
import { STATE_SOURCE } from './own-overlays.ts'
import type { LoadedDisk } from './read-disks.ts'
import type { LoadedProvision } from './read-provision.ts'

export const SEED_NAME = 'cidata'
/** The same for all: what is in it, which may be secret, changes no plan. */
export const SEED_BYTES = 1024 * 1024

/** Behind it the digest of what is declared, with references as they are written: not of what they stand for. */
const SEED_SOURCE = `${STATE_SOURCE}seed:`

const SEED_DISK: DiskSpec = {
  name: SEED_NAME,
  path: '',
  readOnly: true,
  overlay: false,
  cache: 'writeback',
  serial: SEED_NAME,
  queues: 1,
  discard: false,
}

/** What the compiler works on: with the seed among the disks. */
export function withSeedDisk(spec: VmSpec): VmSpec {
  return spec.provision === undefined ? spec : { ...spec, disks: [...spec.disks, SEED_DISK] }
}

/** The image of the seed, in a list with those of the manifest's disks. */
export function withSeedImage(disks: readonly LoadedDisk[], provision: LoadedProvision | undefined): LoadedDisk[] {
  if (provision === undefined) return [...disks]
  const digest = createHash('sha256').update(JSON.stringify(provision)).digest('hex')
  return [...disks, { name: SEED_NAME, source: SEED_SOURCE + digest, sizeBytes: SEED_BYTES, uses: [] }]
}

export function isSeedSource(source: string | undefined): boolean {
  return source?.startsWith(SEED_SOURCE) === true
}

/** The seed of a machine with a state. */
export function seedFile({ directory }: Pick<VmFiles, 'directory'>): string {
  return join(directory, 'seed.iso')
}
