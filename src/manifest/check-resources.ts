// What a machine asks of the host: where its vCPUs run, which pages hold its memory, and what it may use at most.
import { parseCpuList } from './cpu-list.ts'
import { suggestIndexList } from './index-list.ts'
import { MAX_HOST_CPUS, MAX_MEMORY_BYTES, MIN_MEMORY_OVERHEAD_BYTES, MIN_THREADS_BESIDE_VCPUS } from './limits.ts'
import type { Balloon, Manifest, Resources, VcpuTopology } from './manifest.gen.ts'
import type { Problem } from './problem.ts'
import { formatSize, parseSize } from './size.ts'

type HugePages = NonNullable<Manifest['hugePages']>

/** One list for all vCPUs, or one for each. */
export function checkPin({ count, pin }: VcpuTopology): Problem[] {
  if (pin === undefined) return []
  if (typeof pin === 'string') return checkCpuList(pin, '/vcpus/pin')
  const faults = pin.flatMap((list, index) => checkCpuList(list, `/vcpus/pin/${index}`))
  if (pin.length === count) return faults
  const message = `pin lists processors of the host for ${pin.length} vCPUs, and the machine has ${count}`
  const hint = 'write one string for all vCPUs, such as "0-3", or a list with one for each'
  return [...faults, { code: 'V231', message, pointer: '/vcpus/pin', hint }]
}

/** `memoryBytes` is the machine's, undefined where something is wrong with it already. */
export function checkHugePages(
  pages: HugePages,
  memoryBytes: number | undefined,
  balloon: boolean | Balloon = false,
): Problem[] {
  if (pages === 'transparent') return []
  const pageBytes = parseSize(pages)
  const refuse = (message: string, hint: string): Problem => ({ code: 'V232', message, pointer: '/hugePages', hint })
  const problems: Problem[] = []
  if (memoryBytes !== undefined && memoryBytes % pageBytes !== 0) {
    const hint = `did you mean memory: ${formatSize(Math.ceil(memoryBytes / pageBytes) * pageBytes)}?`
    problems.push(refuse(`memory of ${formatSize(memoryBytes)} is no multiple of huge pages of ${pages}`, hint))
  }
  if (balloon !== false) {
    const message = `a balloon gives back small pages, and memory is in huge pages of ${pages}`
    problems.push(refuse(message, 'leave balloon out, or write hugePages: transparent'))
  }
  return problems
}

/** `vcpus` is how many there are, undefined where something is wrong with that already. */
export function checkResources({ memoryOverhead, pids }: Resources, vcpus: number | undefined): Problem[] {
  const problems: Problem[] = []
  const least = (vcpus ?? 0) + MIN_THREADS_BESIDE_VCPUS
  if (pids !== undefined && pids < least) {
    const message = `pids must be at least ${least}, ${MIN_THREADS_BESIDE_VCPUS} more than there are vCPUs`
    problems.push({ code: 'V007', message, pointer: '/resources/pids', hint: 'vCPUs and devices are threads' })
  }
  const overhead = memoryOverhead === undefined ? undefined : parseSize(memoryOverhead)
  if (overhead !== undefined && (overhead < MIN_MEMORY_OVERHEAD_BYTES || overhead > MAX_MEMORY_BYTES)) {
    const [min, max] = [MIN_MEMORY_OVERHEAD_BYTES, MAX_MEMORY_BYTES].map(formatSize)
    const message = `memoryOverhead must be from ${min} to ${max}`
    const hint = 'it is what the process may take beside guest memory'
    problems.push({ code: 'V007', message, pointer: '/resources/memoryOverhead', hint })
  }
  return problems
}

function checkCpuList(text: string, pointer: string): Problem[] {
  const ranges = parseCpuList(text)
  if (ranges === undefined) {
    const meant = suggestIndexList(text)
    const hint = meant === undefined ? {} : { hint: `did you mean "${meant}"?` }
    return [{ code: 'V003', message: `"${text}" has a range that runs backwards`, pointer, ...hint }]
  }
  if ((ranges.at(-1)?.[1] ?? 0) < MAX_HOST_CPUS) return []
  return [{ code: 'V007', message: `processors of a host have numbers below ${MAX_HOST_CPUS}`, pointer }]
}
