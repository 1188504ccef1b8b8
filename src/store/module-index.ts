// Which modules a stored kernel has: an index beside the blob with their files one behind the other.
import { readFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { didYouMean } from '../manifest/did-you-mean.ts'
import { VoltError } from '../volt-error.ts'
import { formatKernelName } from './kernel-name.ts'
import type { BlobFacts, KernelRecord } from './kernel-record.ts'
import { blobPath, type Store } from './store-place.ts'

/** How a module's file is packed, if it is. */
export type ModulePacking = 'gzip' | 'xz' | 'zstd'

/** A module's file, as the package had it. */
export interface ModuleFile extends BlobFacts {
  /** Below lib/modules/RELEASE, unpacked: `kernel/fs/ext4/ext4.ko`. */
  path: string
  /** Where it begins in the blob. */
  offset: number
  packing?: ModulePacking
}

export interface ModuleIndex {
  /** In the order of the package. */
  files: ModuleFile[]
  /** Names of those that are part of the kernel itself, as moduleName writes them. */
  builtin: string[]
}

const PACKINGS: Readonly<Record<string, ModulePacking>> = { '.gz': 'gzip', '.xz': 'xz', '.zst': 'zstd' }
const MODULE_FILE = /^(kernel\/(?:[\w.+-]+\/)*[\w-]+\.ko)(\.gz|\.xz|\.zst)?$/

/** As the kernel names it: `-` and `_` are the same to it. Of a name or of a path. */
export function moduleName(text: string): string {
  return text.replace(/^.*\//, '').replace(/\.ko$/, '').replaceAll('-', '_')
}

/** The one that was clearly meant by a name that is none. */
export function suggestModule({ files, builtin }: ModuleIndex, name: string): string | undefined {
  return didYouMean(name, [...files.map(({ path }) => moduleName(path)), ...builtin])
}

/** What a file below lib/modules/RELEASE is as a module; undefined where it is none. */
export function parseModulePath(path: string): Pick<ModuleFile, 'path' | 'packing'> | undefined {
  const [, plain, suffix] = MODULE_FILE.exec(path) ?? []
  if (plain === undefined || path.split('/').includes('..')) return undefined
  const packing = suffix === undefined ? undefined : PACKINGS[suffix]
  return { path: plain, ...(packing && { packing }) }
}

/** Undefined for a kernel without modules. Throws STATE_INVALID where the index is missing or not what it was. */
export async function readModuleIndex(store: Store, record: KernelRecord): Promise<ModuleIndex | undefined> {
  const { modules } = record
  if (modules === undefined) return undefined
  const bytes = await readFile(blobPath(store, modules.index.sha256)).catch(() => undefined)
  if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== modules.index.sha256) {
    throw damagedModules(record, 'the list of them is not what it was')
  }
  return JSON.parse(bytes.toString('utf8')) as ModuleIndex
}

export function damagedModules(record: KernelRecord, what: string): VoltError {
  const hint = 'import it again, with --replace'
  const message = `the modules of the kernel ${formatKernelName(record)} of the store are damaged: ${what}`
  return new VoltError('STATE_INVALID', message, { hint })
}
