// Edits CPUID as the rules about features say: whole words, so that a feature without a name here goes as well.
import type { CpuidTable, Registers } from '../cpuid/cpuid-table.ts'
import { FEATURES, FEATURE_WORDS, type FeatureBit, type FeatureWord } from './feature-words.ts'
import type { FeatureRules } from './resolve-features.ts'

const STRUCTURED = 0x7

/** Leaves that describe a feature and have nothing to say without it. */
const DESCRIPTIONS: readonly { leaf: number; feature: string }[] = [
  { leaf: 0x5, feature: 'monitor' },
  { leaf: 0xf, feature: 'cqm' },
  { leaf: 0x10, feature: 'rdt_a' },
  { leaf: 0x12, feature: 'sgx' },
  { leaf: 0x14, feature: 'intel_pt' },
  { leaf: 0x1c, feature: 'arch_lbr' },
  { leaf: 0x1d, feature: 'amx_tile' },
  { leaf: 0x1e, feature: 'amx_tile' },
  { leaf: 0x24, feature: 'avx10' },
  { leaf: 0x8000001b, feature: 'ibs' },
  { leaf: 0x8000001c, feature: 'lwp' },
]

/** Turns features off; leaf 0xD is left to agreeWithFeatures, and what describes them to removeDescriptions. */
export function applyFeatures(table: CpuidTable, { allowed, off }: FeatureRules): void {
  for (const word of FEATURE_WORDS) {
    const entry = table.get(word.leaf, word.subleaf)
    if (!entry) continue
    if (allowed) entry[word.register] = (entry[word.register] & maskOf(allowed, word)) >>> 0
    entry[word.register] = (entry[word.register] & ~maskOf(off, word)) >>> 0
  }
  if (allowed) trimStructuredFeatures(table)
}

/** Bits of the word that the features have. */
function maskOf(features: ReadonlySet<string>, word: FeatureWord): number {
  let mask = 0
  for (const name of features) {
    for (const bit of FEATURES.get(name) ?? []) if (isIn(bit, word)) mask |= 1 << bit.bit
  }
  return mask
}

function isIn(bit: FeatureBit, word: FeatureWord): boolean {
  return bit.leaf === word.leaf && bit.subleaf === word.subleaf && bit.register === word.register
}

/** EAX of subleaf 0 is the highest subleaf; those at the end that have become empty go. */
function trimStructuredFeatures(table: CpuidTable): void {
  const main = table.get(STRUCTURED)
  if (!main) return
  const isEmpty = ({ eax, ebx, ecx, edx }: Registers) => (eax | ebx | ecx | edx) === 0
  const last = table.subleaves(STRUCTURED).findLast((entry) => entry.subleaf > 0 && !isEmpty(entry))?.subleaf ?? 0
  for (const { subleaf } of table.subleaves(STRUCTURED)) if (subleaf > last) table.removeSubleaf(STRUCTURED, subleaf)
  main.eax = last
}

/** Empties the leaves that describe a feature which is off. */
export function removeDescriptions(table: CpuidTable): void {
  for (const { leaf, feature } of DESCRIPTIONS) {
    const first = table.get(leaf)
    if (!first || isOffered(table, feature)) continue
    table.remove(leaf)
    table.set({ ...first, eax: 0, ebx: 0, ecx: 0, edx: 0 })
  }
}

/** Whether one of the feature's bits is set. */
export function isOffered(table: CpuidTable, feature: string): boolean {
  return (FEATURES.get(feature) ?? []).some(({ leaf, subleaf, register, bit }) => {
    return (((table.get(leaf, subleaf)?.[register] ?? 0) >>> bit) & 1) === 1
  })
}
