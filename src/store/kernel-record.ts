// What the store remembers of a kernel.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Packing } from '../kernel/find-payload.ts'
import { isMissing, readStateJson } from '../state/read-json.ts'
import { unreadableState, writeState } from '../state/state-directory.ts'
import { VoltError } from '../volt-error.ts'
import { compareVersions, formatKernelName, parseKernelReference } from './kernel-name.ts'
import type { Store } from './store-place.ts'

/** A blob of the store. */
export interface BlobFacts {
  /** Lower-case hex; the blob's name. */
  sha256: string
  /** In bytes. */
  size: number
}

/** What was imported. */
export interface KernelOrigin extends BlobFacts {
  /** Absolute path of the file, or of the package that was imported. */
  file: string
  /** Debian's, where it came in one. */
  package?: { name: string; version: string }
  /** How the bzImage had its kernel packed; `none` where that lay in it as it is. Absent where nothing was unpacked. */
  packing?: Packing | 'none'
}

/** The modules that came with it. */
export interface KernelModules {
  /** Of the kernel that loads them, as `uname -r` says it: the name of their directory in lib/modules. */
  release: string
  count: number
  /** How many are part of the kernel itself. */
  builtin: number
  /** Their files, one behind the other, and where each is: a ModuleIndex as JSON. */
  files: BlobFacts
  index: BlobFacts
}

export interface KernelRecord extends BlobFacts {
  formatVersion: 1
  name: string
  version: string
  format: 'elf' | 'bzimage'
  /** As `uname -r` says it. */
  release?: string
  /** RFC 3339. */
  importedAt: string
  origin: KernelOrigin
  /** The text of its configuration, and where that was found. */
  config?: BlobFacts & { source: string }
  /** Absent where none came with it. */
  modules?: KernelModules
}

const SUFFIX = '.json'

/** Every kernel by name, the newest version of each first. Throws STATE_INVALID for a damaged record. */
export async function readKernels(store: Store): Promise<KernelRecord[]> {
  const files = await readdir(store.kernels).catch((error: NodeJS.ErrnoException): string[] => {
    if (isMissing(error)) return []
    throw unreadableState(store.kernels, error, 'XDG_DATA_HOME')
  })
  const names = files.filter((file) => file.endsWith(SUFFIX) && !file.startsWith('.'))
  const records = await Promise.all(names.map((file) => readKernelRecord(join(store.kernels, file))))
  return records
    .filter((record) => record !== undefined)
    .sort((a, b) => (a.name === b.name ? compareVersions(b.version, a.version) : a.name < b.name ? -1 : 1))
}

/** Undefined when it is missing. */
async function readKernelRecord(path: string): Promise<KernelRecord | undefined> {
  const value = readStateJson(path) as unknown as KernelRecord | undefined
  if (value === undefined) return undefined
  const isSound =
    isBlob(value) &&
    isBlob(value.origin) &&
    (value.config === undefined || isBlob(value.config)) &&
    (value.modules === undefined || (isBlob(value.modules.files) && isBlob(value.modules.index))) &&
    path.endsWith(`/${formatKernelName(value)}${SUFFIX}`) &&
    parseKernelReference(formatKernelName(value)) !== undefined
  if (isSound) return value
  const hint = 'remove the file and import the kernel again'
  throw new VoltError('STATE_INVALID', `${path} is damaged: it is no record of a kernel`, { hint })
}

/** A name of a blob becomes a path, so it is looked at. */
function isBlob(value: unknown): boolean {
  const { sha256, size } = (value ?? {}) as Partial<BlobFacts>
  return typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256) && Number.isSafeInteger(size)
}

/** Replaces one of the same name and version. With the store's lock held. */
export async function writeKernelRecord(store: Store, record: KernelRecord): Promise<void> {
  await writeState(recordPath(store, record), JSON.stringify(record, undefined, 2) + '\n', 'XDG_DATA_HOME')
}

export function recordPath(store: Store, record: Pick<KernelRecord, 'name' | 'version'>): string {
  return join(store.kernels, formatKernelName(record) + SUFFIX)
}
