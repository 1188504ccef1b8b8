// Everything that can be said against a machine without knowing the host.
import type { InitrdImage, KernelImage } from '../kernel/image.ts'
import type { VmSpec } from '../manifest/spec.ts'
import { checkFeatures } from './cpu-model/check-features.ts'
import { layOutMachine } from './layout.ts'
import type { PlanProblem } from './plan-problem.ts'

export type { PlanProblem }

/**
 * Topology, memory size, placement of kernel and initrd, command line, protocol, tables, processor features. Empty when
 * all is well.
 */
export function checkLayout(spec: VmSpec, kernel: KernelImage, initrd?: Pick<InitrdImage, 'size'>): PlanProblem[] {
  const result = layOutMachine(spec, kernel, initrd)
  return [...(result.ok ? [] : result.problems), ...checkFeatures(spec.cpu)]
}
