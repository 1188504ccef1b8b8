// A compiled VM with its files open: all that launching it takes.
import type { FileHandle } from 'node:fs/promises'
import type { VmSpec } from '../manifest/spec.ts'
import type { BootPlan } from '../plan/boot-plan.gen.ts'
import { formatPlanFile } from '../plan/plan-file.ts'
import type { PlanSummary } from '../plan/summary.ts'

export interface RunnableVm {
  name: string
  plan: BootPlan
  digest: string
  /** Paths, or `builtin:<name>`, by the ids of the plan's files. */
  sources: Record<string, string>
  /** Open files by the same ids; closed by whoever opened the input. */
  files: ReadonlyMap<string, FileHandle>
  /** Absent where the VM comes from a saved plan. */
  spec?: VmSpec
  summary?: PlanSummary
}

/** Guest memory in bytes. */
export function memoryBytes(plan: BootPlan): number {
  return plan.memory.reduce((sum, region) => sum + region.size, 0)
}

/** The text of its saved plan. */
export function planFileText(vm: RunnableVm): string {
  return formatPlanFile({ formatVersion: 1, digest: vm.digest, sources: vm.sources, plan: vm.plan })
}
