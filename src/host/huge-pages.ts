// The host's pool of huge pages (Documentation/admin-guide/mm/hugetlbpage.rst in Linux).
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const POOLS = '/sys/kernel/mm/hugepages'
const TRANSPARENT = '/sys/kernel/mm/transparent_hugepage'

export interface HugePagePool {
  /** In sysfs, where nr_hugepages takes another size. */
  directory: string
  pages: number
  /** Neither used nor promised to anybody, with those that the kernel may add by itself. */
  free: number
}

/** Undefined where the host has no pages of that size. */
export async function readPool(pageBytes: number): Promise<HugePagePool | undefined> {
  const directory = join(POOLS, `hugepages-${pageBytes / 1024}kB`)
  const figure = async (name: string): Promise<number> => Number(await readFile(join(directory, name), 'utf8'))
  try {
    const names = ['nr_hugepages', 'free_hugepages', 'resv_hugepages', 'nr_overcommit_hugepages', 'surplus_hugepages']
    const [pages = 0, free = 0, reserved = 0, overcommit = 0, surplus = 0] = await Promise.all(names.map(figure))
    return { directory, pages, free: free - reserved + Math.max(overcommit - surplus, 0) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Why guest memory gets no transparent huge pages; undefined where it may. `isShared`: it is a file that others map. */
export async function transparentRefusal(isShared: boolean): Promise<string | undefined> {
  const path = join(TRANSPARENT, isShared ? 'shmem_enabled' : 'enabled')
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return 'the kernel of the host has no transparent huge pages'
  const chosen = /\[(\w+)\]/.exec(text)?.[1] ?? ''
  return chosen === 'never' || chosen === 'deny' ? `${path} of the host is '${chosen}'` : undefined
}
