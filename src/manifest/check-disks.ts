// Disks: names that repeat, fields that exclude each other; and the entropy device.
import { checkDiskSource } from './check-disk-source.ts'
import { checkBandwidth } from './check-rate.ts'
import type { Disk, Rng } from './manifest.gen.ts'
import { child, quote, type Problem } from './problem.ts'

const DISKS = '/disks'

/** Of disks that the schema accepts. */
export function checkDisks(disks: readonly Disk[]): Problem[] {
  const first = new Map<string, number>()
  return disks.flatMap((disk, index) => {
    const pointer = child(DISKS, index)
    const problems = [
      ...checkDiskSource(disk, pointer),
      ...checkFields(disk, pointer),
      ...checkBandwidth(disk.rateLimit?.bandwidth, pointer),
    ]
    const other = first.get(disk.name)
    if (other === undefined) first.set(disk.name, index)
    else {
      const message = `the name ${quote(disk.name)} is taken by disks[${other}]`
      problems.push({
        code: 'V014',
        message,
        pointer: child(pointer, 'name'),
        hint: 'give each disk a name of its own',
      })
    }
    return problems
  })
}

export function checkRng(rng: boolean | Rng): Problem[] {
  return typeof rng === 'boolean' ? [] : checkBandwidth(rng.rateLimit?.bandwidth, '/rng')
}

/** What asks for writes on a disk without any. */
function checkFields({ readOnly, overlay, discard }: Disk, pointer: string): Problem[] {
  if (readOnly !== true) return []
  const problems: Problem[] = []
  if (overlay !== undefined && overlay !== false) {
    const message = 'a read-only disk has no writes for an overlay'
    const hint = 'leave one of the two out; with an overlay the image itself is never written'
    problems.push({ code: 'V218', message, pointer: child(pointer, 'overlay'), hint })
  }
  if (discard === true) {
    const message = 'a read-only disk cannot give blocks back'
    problems.push({ code: 'V218', message, pointer: child(pointer, 'discard'), hint: 'leave discard out' })
  }
  return problems
}
