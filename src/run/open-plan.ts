// Opens a saved plan: its files again, checked against the digests in it on the very handles that the engine gets.
import { createHash } from 'node:crypto'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { openImage } from '../kernel/open-image.ts'
import { diskBackendNames, shareBackends, vsockBackends } from '../plan/backends.ts'
import type { BootPlan, PlanFile } from '../plan/boot-plan.gen.ts'
import { parsePlanFile } from '../plan/plan-file.ts'
import { VoltError } from '../volt-error.ts'
import { staleError } from './check-stale.ts'
import { STATE_SOURCE } from './own-overlays.ts'
import type { RunnableVm } from './runnable-vm.ts'

/** Enough to tell a saved plan by its first members. */
const PEEK_BYTES = 4096

/** Whether the file is meant as a saved plan rather than a manifest, damaged or not. */
export async function isPlanFile(path: string): Promise<boolean> {
  const text = await firstBytes(path)
  return /^\s*\{/.test(text) && /"(?:plan|digest)"\s*:/.test(text) && !/"apiVersion"\s*:/.test(text)
}

/** Throws PLAN_INVALID, FILE_UNREADABLE, or PLAN_STALE when a file is not the one that was planned with. */
export async function openPlan(path: string, text: string): Promise<RunnableVm> {
  const { digest, sources, plan, basis, life } = parsePlanFile(text)
  const files = new Map<string, FileHandle>()
  try {
    for (const file of plan.files) {
      const source = sources[file.id]
      if (source === undefined)
        throw new VoltError('PLAN_INVALID', `the plan does not say where its file '${file.id}' is`)
      const { handle } = await openImage(source, dirname(resolve(path)))
      files.set(file.id, handle)
      await checkContent(handle, file, source)
    }
  } catch (error) {
    await Promise.all([...files.values()].map((handle) => handle.close()))
    throw error
  }
  const absolute = { ...sources, ...absoluteSources(plan, sources, path) }
  return { name: plan.name, plan, digest, sources: absolute, files, ...(basis && { basis }), ...(life && { life }) }
}

/** Of disks, of the vsock's socket and of shares, which are opened when the machine starts: relative paths start from the plan, as those of files do. */
function absoluteSources(plan: BootPlan, sources: Record<string, string>, path: string): Record<string, string> {
  const names = [
    ...diskBackendNames(plan),
    ...vsockBackends(plan).map(({ listener }) => listener),
    ...shareBackends(plan).map(({ name }) => name),
  ]
  const paths = names.map((name): [string, string] => {
    const source = sources[name] ?? ''
    return [name, source.startsWith(STATE_SOURCE) ? source : resolve(dirname(path), source)]
  })
  return Object.fromEntries(paths)
}

async function checkContent(handle: FileHandle, expected: PlanFile, source: string): Promise<void> {
  const hash = createHash('sha256')
  let size = 0
  const chunk = Buffer.allocUnsafe(1 << 20)
  for (;;) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, size)
    if (bytesRead === 0) break
    hash.update(chunk.subarray(0, bytesRead))
    size += bytesRead
  }
  if (size === expected.size && hash.digest('hex') === expected.sha256) return
  throw staleError(`${source} has changed since it was made`)
}

/** Of a regular file only: what is read from a pipe is gone. */
async function firstBytes(path: string): Promise<string> {
  try {
    if (!(await stat(path)).isFile()) return ''
    const handle = await open(path, 'r')
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(PEEK_BYTES), 0, PEEK_BYTES, 0)
      return buffer.toString('utf8', 0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch {
    // Why it cannot be read is for the manifest's diagnostics to say.
    return ''
  }
}
