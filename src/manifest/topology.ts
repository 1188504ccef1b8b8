// Completes a vCPU topology: what is left out follows from what is given.
import type { VcpuTopology } from './manifest.gen.ts'
import type { VcpuLayout } from './spec.ts'

export type TopologyResult =
  | { ok: true; layout: VcpuLayout }
  /** `field` is the one at fault. */
  | { ok: false; field: 'count' | 'sockets' | 'cores' | 'threads'; message: string; hint: string }

/** A bare number is one socket of that many cores. Threads left out are `defaultThreads`, sockets and cores follow. */
export function completeTopology(vcpus: number | VcpuTopology, defaultThreads: number): TopologyResult {
  const given: VcpuTopology = typeof vcpus === 'number' ? { count: vcpus } : vcpus
  const { count, threads = defaultThreads } = given
  const sockets = given.sockets ?? (given.cores === undefined ? 1 : count / (given.cores * threads))
  const cores = given.cores ?? count / (sockets * threads)
  const whole = Number.isInteger(sockets) && Number.isInteger(cores)
  if (whole && sockets * cores * threads === count) return { ok: true, layout: { count, sockets, cores, threads } }
  return given.sockets !== undefined && given.cores !== undefined
    ? mismatch(given, threads)
    : indivisible(given, threads)
}

function mismatch(given: VcpuTopology, threads: number): TopologyResult {
  const { count, sockets = 1, cores = 1 } = given
  const product = sockets * cores * threads
  const message = `${sockets} sockets × ${cores} cores × ${threads} threads make ${product} vCPUs, not ${count}`
  return { ok: false, field: 'count', message, hint: `set count to ${product}, or leave cores out` }
}

function indivisible(given: VcpuTopology, threads: number): TopologyResult {
  const { count, sockets, cores } = given
  const field = cores !== undefined ? 'cores' : sockets !== undefined ? 'sockets' : 'threads'
  const group = (cores ?? 1) * (sockets ?? 1) * threads
  const parts = [sockets && `sockets ${sockets}`, cores && `cores ${cores}`, `threads ${threads}`].filter(Boolean)
  const message = `${count} vCPUs cannot be divided evenly by ${parts.join(' × ')}`
  const next = Math.ceil(count / group) * group
  return { ok: false, field, message, hint: `make count a multiple of ${group}, such as ${next}` }
}
