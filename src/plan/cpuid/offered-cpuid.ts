// The CPUID that a guest of the host can have, before the manifest chooses from it.
import type { HostFacts } from '../host-facts.gen.ts'
import { CpuidTable } from './cpuid-table.ts'
import { setMachineFeatures, type MachineFeatures } from './features.ts'
import { agreeWithFeatures } from './xsave.ts'

export function offeredCpuid(facts: HostFacts, machine: MachineFeatures): CpuidTable {
  const table = CpuidTable.fromFacts(facts.cpuid)
  setMachineFeatures(table, machine)
  agreeWithFeatures(table)
  return table
}
