// What the schema cannot say about single fields. Fields that the schema has refused are left alone.
import { checkBalloon } from './check-balloon.ts'
import { checkDisks, checkRng } from './check-disks.ts'
import { checkLife } from './check-life.ts'
import { checkNetworks } from './check-networks.ts'
import { checkNuma, sumOfMemory } from './check-numa.ts'
import { checkHugePages, checkPin, checkResources } from './check-resources.ts'
import { checkShares } from './check-shares.ts'
import { formatDuration, parseDuration } from './duration.ts'
import { MAX_MEMORY_BYTES, MAX_STOP_TIMEOUT_MS, MIN_MEMORY_BYTES, PAGE_BYTES } from './limits.ts'
import type { Manifest, VcpuTopology } from './manifest.gen.ts'
import type { Problem } from './problem.ts'
import { defaultOf } from './schema.ts'
import { formatSize, parseSize } from './size.ts'
import { completeTopology } from './topology.ts'

/** `value` is a document as read; `refused` are the pointers of the fields with which something is wrong already. */
export function checkSemantics(value: unknown, refused: readonly string[]): Problem[] {
  const fields = fieldsThatAreFine(value, refused)
  const { memory, vcpus, hugePages, resources, disks, rng, networks, balloon, shares, stopTimeout } = fields
  return [
    ...(memory === undefined ? [] : checkMemory(parseSize(memory), '/memory')),
    ...(typeof vcpus === 'object' ? [...checkTopology(vcpus), ...checkPin(vcpus)] : []),
    ...(hugePages === undefined ? [] : checkHugePages(hugePages, memoryBytes(fields), balloon)),
    ...(resources === undefined ? [] : checkResources(resources, vcpuCount(fields))),
    ...checkNodes(fields),
    ...(disks === undefined ? [] : checkDisks(disks)),
    ...(rng === undefined ? [] : checkRng(rng)),
    ...(networks === undefined ? [] : checkNetworks(networks)),
    ...(balloon === undefined ? [] : checkBalloon(balloon, memoryBytes(fields))),
    ...(shares === undefined ? [] : checkShares(shares)),
    ...checkLife(fields, (field) => !refused.some((pointer) => pointer.startsWith(`/${field}`))),
    ...(stopTimeout === undefined ? [] : checkStopTimeout(stopTimeout)),
  ]
}

type Fields = Partial<Manifest> & { vcpusRefused: boolean; memoryRefused: boolean }

/** The fields that the schema accepts, of a document that need not be one. */
function fieldsThatAreFine(value: unknown, refused: readonly string[]): Fields {
  const isRefused = (field: string) => refused.some((pointer) => pointer === field || pointer.startsWith(`${field}/`))
  const isMapping = value !== null && typeof value === 'object' && !Array.isArray(value)
  const fine = Object.entries(isMapping ? value : {}).filter(([field]) => !isRefused(`/${field}`))
  const refusals = { vcpusRefused: isRefused('/vcpus'), memoryRefused: isRefused('/memory') || isRefused('/numa') }
  return { ...Object.fromEntries(fine), ...refusals }
}

function checkNodes({ numa, vcpus, memory, firmware, vcpusRefused }: Fields): Problem[] {
  if (numa === undefined) return []
  const topology = completeTopology(vcpus ?? (defaultOf('vcpus') as number), defaultThreads())
  const layout = topology.ok && !vcpusRefused ? topology.layout : undefined
  const problems = checkNuma(numa, layout, memory === undefined ? undefined : parseSize(memory))
  if (memory === undefined && problems.length === 0) problems.push(...checkMemory(sumOfMemory(numa), '/numa'))
  if (firmware?.acpi === false) {
    const message = 'numa needs ACPI: the guest learns of its nodes by SRAT and SLIT'
    problems.push({ code: 'V217', message, pointer: '/firmware/acpi', hint: 'leave firmware.acpi out, or numa' })
  }
  return problems
}

function checkMemory(bytes: number, pointer: string): Problem[] {
  if (bytes < MIN_MEMORY_BYTES) {
    const hint = 'a kernel is loaded at 1 MiB and up'
    return [{ code: 'V007', message: `memory must be at least ${formatSize(MIN_MEMORY_BYTES)}`, pointer, hint }]
  }
  if (bytes > MAX_MEMORY_BYTES) {
    return [{ code: 'V007', message: `memory must be at most ${formatSize(MAX_MEMORY_BYTES)}`, pointer }]
  }
  if (bytes % PAGE_BYTES === 0) return []
  const hint = `did you mean ${formatSize(Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES)}?`
  return [{ code: 'V003', message: `memory must be a multiple of ${formatSize(PAGE_BYTES)}`, pointer, hint }]
}

/** What the machine has; undefined where that is not known. */
function memoryBytes({ memory, numa, memoryRefused }: Fields): number | undefined {
  return memoryRefused ? undefined : memoryOf({ memory, numa })
}

/** How many there are; undefined where that is not known. */
function vcpuCount({ vcpus, vcpusRefused }: Fields): number | undefined {
  if (vcpusRefused) return undefined
  return typeof vcpus === 'object' ? vcpus.count : (vcpus ?? (defaultOf('vcpus') as number))
}

/** `memory` and `numa` of a manifest that the schema accepts. */
export function memoryOf({
  memory,
  numa,
}: {
  memory?: string | undefined
  numa?: Manifest['numa'] | undefined
}): number {
  if (memory === undefined && numa !== undefined) return sumOfMemory(numa)
  return parseSize(memory ?? (defaultOf('memory') as string))
}

function checkTopology(vcpus: VcpuTopology): Problem[] {
  const result = completeTopology(vcpus, defaultThreads())
  if (result.ok) return []
  return [{ code: 'V201', message: result.message, pointer: `/vcpus/${result.field}`, hint: result.hint }]
}

function checkStopTimeout(stopTimeout: string | number): Problem[] {
  if (parseDuration(stopTimeout) <= MAX_STOP_TIMEOUT_MS) return []
  const message = `stopTimeout must be at most ${formatDuration(MAX_STOP_TIMEOUT_MS)}, a day`
  return [{ code: 'V007', message, pointer: '/stopTimeout' }]
}

/** Threads of a core where a manifest is silent. */
export function defaultThreads(): number {
  return defaultOf('vcpus', 'threads') as number
}
