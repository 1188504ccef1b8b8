// From the manifest's `cpu` to rules about features: what must be there, what may be there, what must not.
import type { CpuModel } from '../../manifest/spec.ts'
import { dependentsOf } from './dependencies.ts'

/** Set from the machine itself, whatever the host's KVM says of them: its topology, and that it is one. */
export const MACHINE_FEATURES: readonly string[] = ['ht', 'cmp_legacy', 'topoext', 'hypervisor']

export interface FeatureRules {
  /** Asked for by name: a host without one of them cannot run the machine. */
  required: string[]
  /** What is not among them is off; undefined where the host decides. */
  allowed: ReadonlySet<string> | undefined
  /** Off by name, and what cannot be without those. */
  off: ReadonlySet<string>
}

export function resolveFeatures({ rules, features }: CpuModel): FeatureRules {
  const chosen = (on: boolean) => Object.keys(features).filter((name) => features[name] === on)
  const off = new Set([...chosen(false), ...dependentsOf(chosen(false))])
  const named = [...new Set([...(rules?.features ?? []), ...chosen(true)])]
  return {
    required: named.filter((name) => !off.has(name)),
    allowed: rules && new Set([...named, ...rules.keep, ...MACHINE_FEATURES]),
    off,
  }
}

/** Virtual machines inside the guest: VMX and SVM are off unless asked for. */
export function wantsNestedVirtualisation({ required }: FeatureRules): boolean {
  return required.includes('vmx') || required.includes('svm')
}
