// What stands against a choice of processor features: contradictions in itself, and what the host lacks.
import type { CpuModel } from '../../manifest/spec.ts'
import { offeredCpuid } from '../cpuid/offered-cpuid.ts'
import type { HostFacts } from '../host-facts.gen.ts'
import type { PlanProblem } from '../plan-problem.ts'
import { isOffered } from './apply-features.ts'
import { dependentsOf, needsOf } from './dependencies.ts'
import { MACHINE_FEATURES, resolveFeatures, wantsNestedVirtualisation } from './resolve-features.ts'

/** The machine starts in long mode, with local APICs, by MSRs (EFER): a processor without these cannot be set up. */
const START_NEEDS: readonly string[] = ['apic', 'lm', 'msr', 'pae']

const TEMPLATE = '/cpu/template'

/** V215; needs no host. */
export function checkFeatures(cpu: CpuModel): PlanProblem[] {
  return [...contradictions(cpu), ...missingAtStart(cpu)]
}

/** Features that are on by name and need one that is off. */
function contradictions(cpu: CpuModel): PlanProblem[] {
  const { allowed } = resolveFeatures(cpu)
  const off = Object.keys(cpu.features).filter((name) => cpu.features[name] === false)
  const turnedOff = new Set([...off, ...dependentsOf(off)])
  const problems: PlanProblem[] = []
  for (const name of Object.keys(cpu.features).filter((feature) => cpu.features[feature] === true)) {
    const blocked = needsOf(name).filter((need) => turnedOff.has(need) || allowed?.has(need) === false)
    if (blocked.length === 0) continue
    const message = `${name} needs ${blocked.join(', ')}, which ${blocked.length === 1 ? 'is' : 'are'} off`
    const hint = `turn ${blocked.length === 1 ? 'it' : 'them'} on as well, or leave ${name} out`
    problems.push({ code: 'V215', message, pointer: `/cpu/features/${name}`, hint })
  }
  for (const name of cpu.rules?.features ?? []) {
    const blocked = needsOf(name).filter((need) => allowed?.has(need) === false)
    if (blocked.length === 0) continue
    const message = `the template lists ${name} without ${blocked.join(', ')}, which it needs`
    problems.push({ code: 'V215', message, pointer: TEMPLATE, hint: 'add them to the template' })
  }
  return problems
}

function missingAtStart(cpu: CpuModel): PlanProblem[] {
  const { allowed, off } = resolveFeatures(cpu)
  const culprit = Object.keys(cpu.features).find(
    (name) =>
      cpu.features[name] === false && [name, ...dependentsOf([name])].some((each) => START_NEEDS.includes(each)),
  )
  if (culprit !== undefined) {
    const lost = START_NEEDS.filter((name) => off.has(name)).join(', ')
    const message = `${culprit} cannot be off: the machine could not start without ${lost}`
    return [{ code: 'V215', message, pointer: `/cpu/features/${culprit}` }]
  }
  const unlisted = START_NEEDS.filter((name) => allowed?.has(name) === false)
  if (unlisted.length === 0) return []
  const message = `the template leaves out ${unlisted.join(', ')}, and the machine could not start without`
  return [{ code: 'V215', message, pointer: TEMPLATE, hint: 'add them to its features' }]
}

/** V216: features asked for, by name or by the template, that a guest of this host cannot have. */
export function checkOffered(cpu: CpuModel, facts: HostFacts, tscDeadline: boolean): PlanProblem[] {
  const rules = resolveFeatures(cpu)
  const nested = wantsNestedVirtualisation(rules)
  const table = offeredCpuid(facts, { vcpus: 1, tscDeadline, nested })
  const lacks = (name: string) => !MACHINE_FEATURES.includes(name) && !isOffered(table, name)
  const problems: PlanProblem[] = []
  const fromTemplate = (cpu.rules?.features ?? []).filter((name) => rules.required.includes(name) && lacks(name))
  if (fromTemplate.length > 0) {
    const message = `the template ${cpu.template} needs what this host's KVM does not offer: ${fromTemplate.join(', ')}`
    const hint = 'choose a smaller template, or turn these off under cpu.features'
    problems.push({ code: 'V216', message, pointer: TEMPLATE, hint })
  }
  for (const name of rules.required.filter((each) => cpu.features[each] === true)) {
    const missing = [name, ...needsOf(name)].filter(lacks)
    if (missing.length === 0) continue
    const message = `${name} cannot be turned on: this host's KVM does not offer ${missing.join(', ')}`
    problems.push({ code: 'V216', message, pointer: `/cpu/features/${name}`, hint: 'leave it out' })
  }
  return problems
}
