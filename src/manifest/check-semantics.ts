// What the schema cannot say about single fields. Fields that the schema has refused are left alone.
import { MAX_MEMORY_BYTES, MIN_MEMORY_BYTES, PAGE_BYTES } from './limits.ts'
import type { VcpuTopology } from './manifest.gen.ts'
import type { Problem } from './problem.ts'
import { defaultOf } from './schema.ts'
import { formatSize, parseSize } from './size.ts'
import { completeTopology } from './topology.ts'

/** `value` is a document as read; `refused` are the pointers of the fields with which something is wrong already. */
export function checkSemantics(value: unknown, refused: readonly string[]): Problem[] {
  const { memory, vcpus } = (value ?? {}) as { memory?: unknown; vcpus?: unknown }
  const fine = (field: string) => !refused.some((pointer) => pointer === field || pointer.startsWith(`${field}/`))
  return [
    ...(typeof memory === 'string' && fine('/memory') ? checkMemory(memory) : []),
    ...(vcpus !== null && typeof vcpus === 'object' && fine('/vcpus') ? checkTopology(vcpus as VcpuTopology) : []),
  ]
}

function checkMemory(memory: string): Problem[] {
  const bytes = parseSize(memory)
  const pointer = '/memory'
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

function checkTopology(vcpus: VcpuTopology): Problem[] {
  const result = completeTopology(vcpus, defaultThreads())
  if (result.ok) return []
  return [{ code: 'V201', message: result.message, pointer: `/vcpus/${result.field}`, hint: result.hint }]
}

/** Threads of a core where a manifest is silent. */
export function defaultThreads(): number {
  return defaultOf('vcpus', 'threads') as number
}
