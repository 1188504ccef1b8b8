// What a processor of a compiled plan answers to CPUID, in the forms that tests look at.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile } from '../../../src/plan/compile.ts'
import type { BootPlan, CpuidLeaf } from '../../../src/plan/boot-plan.gen.ts'
import type { HostFacts } from '../../../src/plan/host-facts.gen.ts'
import { elfImage, machineSpec } from './images.ts'

export interface Answer {
  eax: number
  ebx: number
  ecx: number
  edx: number
}

/** The plan of a small guest; fails the test when there is none. */
export function compiledPlan(host: HostFacts, vcpus: Parameters<typeof machineSpec>[0], mptable = true): BootPlan {
  const result = compile({ spec: machineSpec(vcpus, { firmware: { mptable, acpi: false } }), kernel: elfImage(), host })
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'))
  return result.plan
}

/** All leaves of one processor: its own replace shared ones. */
export function processorLeaves(plan: BootPlan, vcpu: number): CpuidLeaf[] {
  const leaves = new Map<string, CpuidLeaf>()
  for (const leaf of [...plan.cpuid, ...(plan.vcpus[vcpu]?.cpuid ?? [])])
    leaves.set(`${leaf.leaf}:${leaf.subleaf}`, leaf)
  return [...leaves.values()].sort((a, b) => Number(a.leaf) - Number(b.leaf) || Number(a.subleaf) - Number(b.subleaf))
}

/** Undefined where the plan has no such leaf. */
export function answer(plan: BootPlan, vcpu: number, leaf: number, subleaf = 0): Answer | undefined {
  const found = processorLeaves(plan, vcpu).find(
    (entry) => Number(entry.leaf) === leaf && Number(entry.subleaf) === subleaf,
  )
  if (!found) return undefined
  return { eax: Number(found.eax), ebx: Number(found.ebx), ecx: Number(found.ecx), edx: Number(found.edx) }
}

/** False where Debian's package `cpuid` is missing, with the reason. */
export function cpuidToolMissing(): string | false {
  try {
    execFileSync('cpuid', ['--version'], { stdio: 'ignore' })
    return false
  } catch {
    return "Debian's package cpuid is not installed"
  }
}

/** What Debian's `cpuid -f` says of each processor of the plan. */
export function decodeByTool(plan: BootPlan): string[] {
  const word = (value: string): string => Number(value).toString(16).padStart(8, '0')
  const lines = plan.vcpus.flatMap((_, vcpu) => [
    `CPU ${vcpu}:`,
    ...processorLeaves(plan, vcpu).map(
      ({ leaf, subleaf, eax, ebx, ecx, edx }) =>
        `   0x${word(leaf)} 0x${Number(subleaf).toString(16).padStart(2, '0')}: eax=0x${word(eax)} ebx=0x${word(ebx)} ecx=0x${word(ecx)} edx=0x${word(edx)}`,
    ),
  ])
  const directory = mkdtempSync(join(tmpdir(), 'volt-cpuid-'))
  try {
    const file = join(directory, 'dump')
    writeFileSync(file, `${lines.join('\n')}\n`)
    const text = execFileSync('cpuid', ['-f', file], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
    return text.split(/^CPU \d+:$/m).slice(1)
  } finally {
    rmSync(directory, { recursive: true })
  }
}
