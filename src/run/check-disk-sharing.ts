// Images that more than one disk uses: any number may read one, a single one may write it.
import type { LoadedDisk } from './read-disks.ts'

/** A machine of a file with its disks. */
interface DiskOwner {
  name: string
  disks: readonly LoadedDisk[]
}

export interface SharedDisk {
  /** Index of the machine at fault: the later one. */
  owner: number
  problem: { code: 'V219'; message: string; pointer: string; hint: string }
}

/** A problem for each use that one before it rules out. */
export function findSharedDisks(owners: readonly DiskOwner[]): SharedDisk[] {
  const shared: SharedDisk[] = []
  const seen = new Map<string, { owner: number; name: string; writes: boolean }[]>()
  for (const [owner, { disks }] of owners.entries()) {
    for (const [index, { name, uses }] of disks.entries()) {
      for (const { identity, writes, field } of uses) {
        const earlier = seen.get(identity) ?? []
        const rival = earlier.find((use) => use.writes || writes)
        if (rival !== undefined) {
          const other = rival.owner === owner ? `the disk '${rival.name}'` : `'${owners[rival.owner]?.name}'`
          const message = `the ${field === 'path' ? 'image' : 'overlay'} is used by ${other} too, and ${rival.writes ? 'written there' : 'written here'}`
          const hint = 'give one of them an overlay or a copy, or make all of them readOnly'
          shared.push({ owner, problem: { code: 'V219', message, pointer: `/disks/${index}/${field}`, hint } })
        }
        seen.set(identity, [...earlier, { owner, name, writes }])
      }
    }
  }
  return shared
}
