// Disks: names that repeat, fields that exclude each other, rates beyond sense.
import { MAX_BANDWIDTH_BYTES } from './limits.ts'
import type { BandwidthLimit, Disk, Rng } from './manifest.gen.ts'
import { child, quote, type Problem } from './problem.ts'
import { parseBandwidth } from './rate.ts'
import { formatSize } from './size.ts'

const DISKS = '/disks'

/** Of disks that the schema accepts. */
export function checkDisks(disks: readonly Disk[]): Problem[] {
  const first = new Map<string, number>()
  return disks.flatMap((disk, index) => {
    const pointer = child(DISKS, index)
    const problems = [...checkFields(disk, pointer), ...checkBandwidth(disk.rateLimit?.bandwidth, pointer)]
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

/** `owner` is the device whose `rateLimit` it is. */
function checkBandwidth(limit: BandwidthLimit | undefined, owner: string): Problem[] {
  if (limit === undefined) return []
  const pointer = child(child(owner, 'rateLimit'), 'bandwidth')
  const { perSecond, burst } = parseBandwidth(limit)
  const [rate, size] =
    typeof limit === 'string' ? [pointer, pointer] : [child(pointer, 'rate'), child(pointer, 'burst')]
  const most = formatSize(MAX_BANDWIDTH_BYTES)
  if (perSecond > MAX_BANDWIDTH_BYTES) {
    return [
      { code: 'V007', message: `a rate must be at most ${most}/s`, pointer: rate, hint: 'leave it out for no limit' },
    ]
  }
  if (burst <= MAX_BANDWIDTH_BYTES) return []
  return [{ code: 'V007', message: `a burst must be at most ${most}`, pointer: size }]
}
