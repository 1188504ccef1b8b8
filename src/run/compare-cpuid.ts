// Says in what the processors of two plans differ, by what CPUID tells of them.
import type { CpuidLeaf } from '../plan/boot-plan.gen.ts'
import { FEATURES } from '../plan/cpu-model/feature-words.ts'
import { changed, fewOf, takenAndGiven, type PlanDifference } from './plan-difference.ts'

const BRAND_LEAVES = ['0x80000002', '0x80000003', '0x80000004']
const REGISTERS = ['eax', 'ebx', 'ecx', 'edx'] as const
/** Registers that hold nothing but feature bits. */
const FEATURE_REGISTERS = new Set([...FEATURES.values()].flat().map(({ leaf, subleaf, register }) => `${leaf}.${subleaf}.${register}`)) // prettier-ignore

/** Vendor, brand, features by name, and the leaves that hold something else. */
export function compareCpuid(before: readonly CpuidLeaf[], after: readonly CpuidLeaf[]): PlanDifference[] {
  const [old, now] = [featuresOf(before), featuresOf(after)]
  const leaves = [...new Set([...before, ...after].map(keyOf))].filter((key) => {
    const [a, b] = [before, after].map((table) => table.find((leaf) => keyOf(leaf) === key))
    const registers = REGISTERS.filter((name) => a?.[name] !== b?.[name])
    const [leaf = '', subleaf = ''] = key.split('.')
    return registers.some((name) => !FEATURE_REGISTERS.has(`${Number(leaf)}.${Number(subleaf)}.${name}`))
  })
  const described = leaves.filter((key) => key !== '0x0.0x0' && !BRAND_LEAVES.includes(key.split('.')[0] ?? ''))
  return [
    ...changed('cpu vendor', vendorOf(before), vendorOf(after)),
    ...changed('cpu brand', brandOf(before), brandOf(after)),
    ...takenAndGiven('cpu features', old, now),
    ...(described.length > 0
      ? [{ part: 'cpuid', text: `other contents of leaf ${fewOf(described.map((key) => key.replace(/\.0x0$/, '')))}` }]
      : []),
  ]
}

function keyOf({ leaf, subleaf }: CpuidLeaf): string {
  return `${leaf}.${subleaf}`
}

function featuresOf(table: readonly CpuidLeaf[]): string[] {
  const words = new Map(table.map((leaf) => [`${Number(leaf.leaf)}.${Number(leaf.subleaf)}`, leaf]))
  const isOn = (name: string): boolean =>
    (FEATURES.get(name) ?? []).every(({ leaf, subleaf, register, bit }) => {
      const value = words.get(`${leaf}.${subleaf}`)?.[register] ?? '0x0'
      return ((Number(value) >>> bit) & 1) === 1
    })
  return [...FEATURES.keys()].filter(isOn)
}

function vendorOf(table: readonly CpuidLeaf[]): string {
  const leaf = table.find(({ leaf }) => leaf === '0x0')
  return leaf === undefined ? 'none' : text([leaf.ebx, leaf.edx, leaf.ecx])
}

function brandOf(table: readonly CpuidLeaf[]): string {
  const leaves = BRAND_LEAVES.flatMap((wanted) => table.filter(({ leaf }) => leaf === wanted))
  return text(leaves.flatMap(({ eax, ebx, ecx, edx }) => [eax, ebx, ecx, edx])) || 'none'
}

function text(registers: readonly string[]): string {
  const bytes = Buffer.alloc(registers.length * 4)
  for (const [index, register] of registers.entries()) bytes.writeUInt32LE(Number(register), index * 4)
  return bytes.toString('latin1').replace(/\0+$/, '').trim()
}
