// CPUID leaf 0xD in agreement with the feature bits: Linux distrusts XSAVE altogether when sizes and components differ.
// Intel SDM volume 1, chapter 13; AMD APM volume 3, appendix E.
import { isBitSet, withBit, type CpuidEntry, type CpuidTable, type Registers } from './cpuid-table.ts'

const LEAF = 0xd
const LEAF1_ECX_XSAVE = 26
/** Legacy region and XSAVE header, there whatever is enabled. */
const LEGACY_SIZE = 576
const X87_SSE = 0b11n
/** Subleaf 1 EAX. */
const EAX_XSAVEC = 1
const EAX_XSAVES = 3
const EAX_XFD = 4
/** Subleaf of a component, ECX: aligned to 64 bytes in the compacted format; subject to XFD. */
const ECX_ALIGNED = 1
const ECX_XFD = 2

/** A feature bit: leaf 1 or leaf 7 subleaf 0. */
type Feature = readonly [leaf: 0x1 | 0x7, register: keyof Registers, bit: number]

interface Component {
  /** Bits of XCR0 or IA32_XSS, which are there together or not at all. */
  mask: bigint
  /** One of them must be on. */
  features: readonly Feature[]
  needs?: bigint
}

const AVX = 1n << 2n
const XTILE = 0b11n << 17n
/** AMX-BF16, AMX-TILE and AMX-INT8 in leaf 7 EDX: KVM reports them also where the process may not use their component. */
const LEAF7_EDX_AMX = [22, 24, 25]

/** Components that a feature bit stands for; any other component is dropped. A component comes after what it needs. */
const COMPONENTS: readonly Component[] = [
  { mask: AVX, features: [[0x1, 'ecx', 28]] },
  { mask: 0b11n << 3n, features: [[0x7, 'ebx', 14]] }, // MPX
  { mask: 0b111n << 5n, features: [[0x7, 'ebx', 16]], needs: AVX }, // AVX-512
  { mask: 1n << 8n, features: [[0x7, 'ebx', 25]] }, // processor trace, in IA32_XSS
  { mask: 1n << 9n, features: [[0x7, 'ecx', 3]] }, // PKRU
  { mask: 1n << 10n, features: [[0x7, 'ecx', 29]] }, // PASID, in IA32_XSS
  {
    mask: 0b11n << 11n,
    features: [
      [0x7, 'ecx', 7],
      [0x7, 'edx', 20],
    ],
  }, // CET, in IA32_XSS
  { mask: 1n << 14n, features: [[0x7, 'edx', 5]] }, // user interrupts, in IA32_XSS
  { mask: 1n << 15n, features: [[0x7, 'edx', 19]] }, // architectural LBR, in IA32_XSS
  { mask: XTILE, features: [[0x7, 'edx', 24]] }, // AMX
]

/** Edits leaf 0xD; leaves everything else alone. */
export function agreeWithFeatures(table: CpuidTable): void {
  const main = table.get(LEAF)
  if (!main) return
  if (!isBitSet(table.get(0x1)?.ecx ?? 0, LEAF1_ECX_XSAVE)) {
    table.remove(LEAF)
    table.set({ ...main, eax: 0, ebx: 0, ecx: 0, edx: 0 })
    return
  }
  const format = table.get(LEAF, 1)
  const supervisor = format && isBitSet(format.eax, EAX_XSAVES) ? wide(format.ecx, format.edx) : 0n
  const user = wide(main.eax, main.edx)
  const xcr0 = (user & allowed(table, user)) | X87_SSE
  const xss = supervisor & allowed(table, supervisor)
  if ((xcr0 & XTILE) === 0n) removeAmx(table)
  const sizes = keepComponents(table, xcr0 | xss)
  const userSizes = sizes.filter(({ subleaf }) => has(xcr0, subleaf))
  const userSize = userSizes.reduce((end, { eax: size, ebx: offset }) => Math.max(end, offset + size), LEGACY_SIZE)
  // KVM rewrites EBX, the size for what is enabled at the time, whenever XCR0 or IA32_XSS changes.
  table.set({ ...main, eax: low(xcr0), edx: high(xcr0), ebx: userSize, ecx: userSize })
  if (format) describeFormat(table, format, xcr0, xss, sizes)
}

function describeFormat(table: CpuidTable, format: CpuidEntry, xcr0: bigint, xss: bigint, sizes: CpuidEntry[]): void {
  const eax = withBit(format.eax, EAX_XFD, isBitSet(format.eax, EAX_XFD) && (xcr0 & XTILE) !== 0n)
  const compacts = isBitSet(eax, EAX_XSAVEC) || isBitSet(eax, EAX_XSAVES)
  table.set({ ...format, eax, ebx: compacts ? compactedSize(sizes) : 0, ecx: low(xss), edx: high(xss) })
  if (isBitSet(eax, EAX_XFD)) return
  for (const entry of sizes) entry.ecx = withBit(entry.ecx, ECX_XFD, false)
}

/** Of `present`, the components whose feature is on and that are complete. */
function allowed(table: CpuidTable, present: bigint): bigint {
  let described = X87_SSE
  for (const { subleaf } of table.subleaves(LEAF)) if (subleaf >= 2) described |= 1n << BigInt(subleaf)
  let mask = X87_SSE
  for (const { mask: component, needs = 0n, features } of COMPONENTS) {
    const complete = (present & described & component) === component && (mask & needs) === needs
    const on = features.some(([leaf, register, bit]) => isBitSet(table.get(leaf)?.[register] ?? 0, bit))
    if (complete && on) mask |= component
  }
  return mask
}

function removeAmx(table: CpuidTable): void {
  const leaf7 = table.get(0x7)
  if (leaf7) for (const bit of LEAF7_EDX_AMX) leaf7.edx = withBit(leaf7.edx, bit, false)
}

/** Drops the subleaves of other components; returns those that stay, ascending. */
function keepComponents(table: CpuidTable, kept: bigint): CpuidEntry[] {
  const components = table.subleaves(LEAF).filter(({ subleaf }) => subleaf >= 2)
  for (const { subleaf } of components) if (!has(kept, subleaf)) table.removeSubleaf(LEAF, subleaf)
  return components.filter(({ subleaf }) => has(kept, subleaf))
}

function compactedSize(components: readonly CpuidEntry[]): number {
  return components.reduce(
    (end, { eax, ecx }) => (isBitSet(ecx, ECX_ALIGNED) ? Math.ceil(end / 64) * 64 : end) + eax,
    LEGACY_SIZE,
  )
}

function has(mask: bigint, component: number): boolean {
  return ((mask >> BigInt(component)) & 1n) === 1n
}

function wide(lower: number, upper: number): bigint {
  return (BigInt(upper) << 32n) | BigInt(lower)
}

function low(mask: bigint): number {
  return Number(mask & 0xffffffffn)
}

function high(mask: bigint): number {
  return Number(mask >> 32n)
}
