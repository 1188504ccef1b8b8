// Takes a kernel into the store, from a file or from a Debian package.
import type { FileHandle } from 'node:fs/promises'
import { fileReader } from '../kernel/byte-reader.ts'
import { hashFile } from '../kernel/hash-file.ts'
import { openImage } from '../kernel/open-image.ts'
import { readConfigText, type ConfigText } from '../kernel/read-config-file.ts'
import { IKCONFIG, scanElfTexts } from '../kernel/scan-elf.ts'
import type { LockOptions } from '../state/lock.ts'
import { VoltError } from '../volt-error.ts'
import { ModuleCollector } from './collect-modules.ts'
import { withIncoming, type IncomingFile } from './incoming-file.ts'
import { formatKernelName, NAME_RULE, parseKernelReference } from './kernel-name.ts'
import {
  readKernels,
  writeKernelRecord,
  type BlobFacts,
  type KernelModules,
  type KernelOrigin,
  type KernelRecord,
} from './kernel-record.ts'
import { isPackage, readPackage } from './read-package.ts'
import { withStoreLock } from './store-lock.ts'
import type { Store } from './store-place.ts'
import { unpackKernel, type KernelPacking, type StoredImage } from './unpack-kernel.ts'

export interface ImportRequest {
  /** As the user names it. */
  file: string
  /** Where relative paths start. */
  directory: string
  /** `NAME` or `NAME@VERSION`; without a version it is what the kernel says of itself. */
  name: string
  /** Keeps a bzImage packed. */
  asIs?: boolean
  /** Whether another kernel of that name and version goes. */
  replace?: boolean
  /** What is told as its origin instead of the file's path. */
  source?: string
  onUnpack?: (packing: KernelPacking) => void
}

export interface ImportedKernel {
  record: KernelRecord
  /** `unchanged`: it was there already. */
  outcome: 'added' | 'replaced' | 'unchanged'
  note?: string
}

/** Throws USAGE, FILE_UNREADABLE, KERNEL_INVALID, KERNEL_EXISTS, STATE_LOCKED, STATE_UNWRITABLE, NOT_BUILT, HOST_ERROR. */
export async function importKernel(store: Store, request: ImportRequest, lock: LockOptions): Promise<ImportedKernel> {
  const name = parseKernelReference(request.name)
  if (name === undefined) {
    throw new VoltError('USAGE', `'${request.name}' cannot be a kernel's name`, { hint: NAME_RULE })
  }
  const { handle, path } = await openImage(request.file, request.directory)
  try {
    return await withStoreLock(store, lock, async () => {
      const found = (await isPackage(handle))
        ? await fromPackage(store, handle, path, request, lock.signal)
        : await fromFile(store, handle, path, request, lock.signal)
      const version = name.version ?? versionOf(found.image)
      return keepRecord(store, { name: name.name, version }, found, request)
    })
  } finally {
    await handle.close()
  }
}

/** What is in the store already and only wants its name. */
interface Taken {
  image: StoredImage
  origin: KernelOrigin
  config?: KernelRecord['config'] & {}
  modules?: KernelModules
}

async function fromFile(
  store: Store,
  handle: FileHandle,
  path: string,
  request: ImportRequest,
  signal: AbortSignal | undefined,
): Promise<Taken> {
  const image = await storeImage(store, handle, request, signal)
  const { imported } = image
  const config = await keepConfig(store, image.config ?? (await readConfigText(path, imported.version)))
  const origin = { file: request.source ?? path, sha256: imported.sha256, size: imported.size, ...packingOf(image) }
  return { image, origin, ...(config && { config }) }
}

async function fromPackage(
  store: Store,
  handle: FileHandle,
  path: string,
  request: ImportRequest,
  signal: AbortSignal | undefined,
): Promise<Taken> {
  const body = async (file: IncomingFile, moduleFiles: IncomingFile): Promise<Taken> => {
    const collector = new ModuleCollector(moduleFiles)
    const facts = await readPackage(handle, file, collector, signal)
    const image = await storeImage(store, file.handle, request, signal)
    const config = await keepConfig(store, image.config ?? facts.config)
    const modules = await collector.keep(store, facts.kernel)
    const { size } = await handle.stat()
    const origin = {
      file: request.source ?? path,
      package: { name: facts.name, version: facts.version },
      sha256: await hashFile(handle, size),
      size,
      ...packingOf(image),
    }
    return { image, origin, ...(config && { config }), ...(modules && { modules }) }
  }
  return withIncoming(store.blobs, (file) => withIncoming(store.blobs, (modules) => body(file, modules)))
}

async function storeImage(
  store: Store,
  handle: FileHandle,
  { asIs = false, onUnpack }: ImportRequest,
  signal: AbortSignal | undefined,
): Promise<StoredImage & { config?: ConfigText }> {
  return withIncoming(store.blobs, async (file) => {
    const image = await unpackKernel(handle, file, { asIs, signal, ...(onUnpack && { onUnpack }) })
    const { stored } = image
    const texts =
      stored.format === 'elf' ? await scanElfTexts(fileReader(file.handle, stored.size), stored.segments) : {}
    await file.keep(stored.sha256)
    return { ...image, ...(texts.config !== undefined && { config: { text: texts.config, source: IKCONFIG } }) }
  })
}

async function keepConfig(store: Store, config: ConfigText | undefined): Promise<Taken['config']> {
  if (config === undefined) return undefined
  const blob = await withIncoming(store.blobs, async (file): Promise<BlobFacts> => {
    const bytes = Buffer.from(config.text, 'latin1')
    await file.write([bytes])
    const sha256 = await hashFile(file.handle, bytes.length)
    await file.keep(sha256)
    return { sha256, size: bytes.length }
  })
  return { ...blob, source: config.source }
}

function packingOf({ packing }: StoredImage): Pick<KernelOrigin, 'packing'> {
  return packing === undefined ? {} : { packing }
}

function versionOf({ stored, imported }: StoredImage): string {
  const version = imported.version ?? stored.version
  if (version !== undefined && parseKernelReference(`x@${version}`) !== undefined) return version
  throw new VoltError('USAGE', 'this kernel does not say its version', { hint: 'give it one: --name NAME@VERSION' })
}

async function keepRecord(
  store: Store,
  { name, version }: { name: string; version: string },
  { image: { imported, stored, note }, origin, config, modules }: Taken,
  { replace = false }: ImportRequest,
): Promise<ImportedKernel> {
  const { sha256, size, format } = stored
  const release = imported.version ?? stored.version
  const record: KernelRecord = {
    ...{ formatVersion: 1, name, version, sha256, size, format },
    ...(release !== undefined && { release }),
    importedAt: new Date().toISOString(),
    origin,
    ...(config && { config }),
    ...(modules && { modules }),
  }
  const before = (await readKernels(store)).find((other) => other.name === name && other.version === version)
  const isSame = before?.sha256 === sha256 && before.config?.sha256 === config?.sha256
  const hasAll = modules === undefined || before?.modules?.index.sha256 === modules.index.sha256
  if (before !== undefined && isSame && hasAll) return { record: before, outcome: 'unchanged', ...(note && { note }) }
  // Modules for the same kernel only add to it.
  const adds = isSame && before?.modules === undefined
  if (before !== undefined && !replace && !adds) {
    const message = `${formatKernelName(before)} is there already, and another kernel`
    const hint = 'give this one another version, --name NAME@VERSION, or replace that one: --replace'
    throw new VoltError('KERNEL_EXISTS', message, { hint })
  }
  await writeKernelRecord(store, record)
  return { record, outcome: before === undefined ? 'added' : 'replaced', ...(note && { note }) }
}
