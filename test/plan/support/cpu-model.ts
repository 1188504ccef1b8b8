// Machines with a choice of processor features, for tests that look at what comes of it.
import type { CpuModel, VmSpec } from '../../../src/manifest/spec.ts'
import type { BootPlan } from '../../../src/plan/boot-plan.gen.ts'
import { compile } from '../../../src/plan/compile.ts'
import { FEATURES } from '../../../src/plan/cpu-model/feature-words.ts'
import type { HostFacts } from '../../../src/plan/host-facts.gen.ts'
import type { PlanProblem } from '../../../src/plan/plan-problem.ts'
import { loadText, manifestWith } from '../../manifest/support.ts'
import { answer } from './guest-cpuid.ts'
import { elfImage, machineSpec } from './images.ts'

/** `cpu` as the loader makes it of a manifest with that template, its file read and checked. */
export async function templateModel(template: string, features: Record<string, boolean> = {}): Promise<CpuModel> {
  const { documents, diagnostics } = await loadText(manifestWith(`cpu: ${JSON.stringify({ template, features })}\n`))
  const [document] = documents
  if (!document) throw new Error(diagnostics.map(({ message }) => message).join('\n'))
  return document.spec.cpu
}

export function withFeatures(features: Record<string, boolean>): CpuModel {
  return { template: 'host', features }
}

export function problemsWith(host: HostFacts, cpu: CpuModel): PlanProblem[] {
  const result = compile({ spec: machineSpec(2, { cpu }), kernel: elfImage(), host })
  return result.ok ? [] : result.problems
}

/** Fails the test when there is no plan. */
export function planWith(
  host: HostFacts,
  changes: Partial<VmSpec>,
  vcpus: Parameters<typeof machineSpec>[0] = 2,
): BootPlan {
  const result = compile({ spec: machineSpec(vcpus, changes), kernel: elfImage(), host })
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'))
  return result.plan
}

/** Features of which the first processor has a bit. */
export function visibleFeatures(plan: BootPlan): string[] {
  const isOn = (name: string) =>
    (FEATURES.get(name) ?? []).some(({ leaf, subleaf, register, bit }) => {
      return (((answer(plan, 0, leaf, subleaf)?.[register] ?? 0) >>> bit) & 1) === 1
    })
  return [...FEATURES.keys()].filter(isOn)
}
