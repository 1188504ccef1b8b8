// A compiled VM with its files open: all that launching it takes.
import { readFile, type FileHandle } from 'node:fs/promises'
import type { Diagnostic } from '../manifest/diagnostic.ts'
import type { VmSpec } from '../manifest/spec.ts'
import type { BootPlan } from '../plan/boot-plan.gen.ts'
import type { Life } from '../plan/life.ts'
import { formatPlanFile, type PlanBasis } from '../plan/plan-file.ts'
import type { PlanSummary } from '../plan/summary.ts'
import type { LoadedProvision } from './read-provision.ts'

/** A compiled machine with its files open. */
export interface RunnableVm {
  name: string
  plan: BootPlan
  digest: string
  /** Where the plan's files and backends are, as a saved plan says it, by their ids and names. */
  sources: Record<string, string>
  /** What else is to be said of the plan's files, by their ids: which kernel of the store it is. */
  origins?: Record<string, string>
  /** Open files by the same ids; closed by whoever opened the input. */
  files: ReadonlyMap<string, FileHandle>
  /** What its disk for cloud-init is made of; absent without one, and where the VM comes from a saved plan. */
  provision?: LoadedProvision
  /** Absent where the VM comes from a saved plan. */
  spec?: VmSpec
  /** Name of the file that declares it, in its project's directory; absent for a saved plan and standard input. */
  file?: string
  /** Where its file gives it its name; absent for a saved plan. */
  declared?: Pick<Diagnostic, 'file' | 'start' | 'end'>
  /** Absent where nothing is said of it. */
  life?: Life
  /** Of a saved plan: what it was made against. */
  basis?: PlanBasis
  summary?: PlanSummary
}

/** Guest memory in bytes. */
export function memoryBytes(plan: Pick<BootPlan, 'memory'>): number {
  return plan.memory.reduce((sum, region) => sum + region.size, 0)
}

/** The text of its saved plan; `basis` where it is for later. */
export function planFileText({ digest, sources, life, plan }: RunnableVm, basis?: PlanBasis): string {
  return formatPlanFile({ formatVersion: 1, digest, sources, ...(basis && { basis }), ...(life && { life }), plan })
}

export interface SavedPlan {
  digest?: string
  plan?: BootPlan
  sources?: Record<string, string>
  life?: Life
}

/** What a VM was started with, by the plan in its state; empty where that cannot be read. Not checked: for comparing only. */
export async function readSavedPlan(path: string): Promise<SavedPlan> {
  try {
    const saved = JSON.parse(await readFile(path, 'utf8')) as SavedPlan | null
    return Array.isArray(saved?.plan?.devices) && Array.isArray(saved.plan.files) ? saved : {}
  } catch {
    return {}
  }
}
