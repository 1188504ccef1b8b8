// Removes what nothing refers to.
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { LockOptions } from '../state/lock.ts'
import { removeTemporaries } from '../state/write-atomic.ts'
import { VoltError } from '../volt-error.ts'
import { findKernel } from './find-kernel.ts'
import { formatKernelName, parseKernelReference, matchesVersion } from './kernel-name.ts'
import { readKernels, recordPath, type KernelRecord } from './kernel-record.ts'
import { withStoreLock } from './store-lock.ts'
import type { Store } from './store-place.ts'

/** Of stat(2)'s count. */
const BLOCK_BYTES = 512

export interface Swept {
  kernels: KernelRecord[]
  /** Digests of what went: kernels, configurations, modules, and what no name led to. */
  blobs: string[]
  /** Names of disks that Volt had made. */
  disks: string[]
  bytes: number
}

export interface PruneRequest {
  /** Digests of what machines use, and are not to lose. */
  inUse: ReadonlySet<string>
  /** Removes nothing. */
  dryRun?: boolean
}

/** Kernels that no machine uses, what no kernel is made of, and what was left of imports that did not end. */
export async function pruneStore(
  store: Store,
  { inUse, dryRun = false }: PruneRequest,
  lock: LockOptions,
): Promise<Swept> {
  return withStoreLock(store, lock, async () => {
    const kernels = await readKernels(store)
    const swept = await sweep(
      store,
      kernels.filter(({ sha256 }) => !inUse.has(sha256)),
      { inUse, dryRun },
    )
    if (!dryRun) for (const directory of [store.blobs, store.disks, store.kernels]) await removeTemporaries(directory)
    return swept
  })
}

/**
 * Forgets the one kernel that the reference means. What a machine was started with stays for its next start. Throws
 * NO_SUCH_KERNEL, or USAGE where it means several.
 */
export async function removeKernel(
  store: Store,
  reference: string,
  inUse: ReadonlySet<string>,
  lock: LockOptions,
): Promise<Swept> {
  return withStoreLock(store, lock, async () => {
    const found = await findKernel(reference, store)
    const wanted = parseKernelReference(reference)?.version
    const same = (await readKernels(store)).filter(
      ({ name, version }) => name === found.name && matchesVersion(version, wanted),
    )
    if (found.version !== wanted && same.length > 1) {
      const hint = `say which: ${same.map(formatKernelName).join(', ')}`
      throw new VoltError('USAGE', `${reference} means ${same.length} kernels`, { hint })
    }
    return sweep(store, [found], { inUse, dryRun: false }, new Set(digestsOf(found)))
  })
}

/** The records, and the blobs that nothing refers to without them; of `only` these, where it is given. */
async function sweep(
  store: Store,
  going: readonly KernelRecord[],
  { inUse, dryRun }: Required<PruneRequest>,
  only?: ReadonlySet<string>,
): Promise<Swept> {
  const staying = (await readKernels(store)).filter(
    (kernel) => !going.some((other) => formatKernelName(other) === formatKernelName(kernel)),
  )
  const needed = new Set([...inUse, ...staying.flatMap(digestsOf)])
  const swept: Swept = { kernels: [...going], blobs: [], disks: [], bytes: 0 }
  for (const record of going) if (!dryRun) await rm(recordPath(store, record), { force: true })
  for (const [directory, gone] of [
    [store.blobs, swept.blobs],
    [store.disks, swept.disks],
  ] as const) {
    const names = (await readdir(directory)).filter(
      (name) => /^[0-9a-f]{64}$/.test(name) && !needed.has(name) && (only?.has(name) ?? true),
    )
    for (const name of names) {
      const path = join(directory, name)
      const { size, blocks } = await stat(path)
      // A disk has holes.
      swept.bytes += Math.min(size, blocks * BLOCK_BYTES)
      gone.push(name)
      if (!dryRun) await rm(path, { force: true })
    }
  }
  return swept
}

function digestsOf({ sha256, config, modules }: KernelRecord): string[] {
  return [sha256, config?.sha256, modules?.files.sha256, modules?.index.sha256].filter((digest) => digest !== undefined)
}
