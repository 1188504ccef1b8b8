import * as assert from 'uvu/assert'
import type { HostFacts } from '../../../src/plan/host-facts.gen.ts'
import { suite } from '../../suite.ts'
import { answer, compiledPlan, processorLeaves } from '../support/guest-cpuid.ts'
import { hostFacts, HOSTS } from '../support/host-facts.ts'

const test = suite('CPUID leaf 0xD')
const INTEL = 'intel-sapphire-rapids'

/** The host's facts with bits of a leaf's register cleared. */
function without(name: string, leaf: number, register: 'eax' | 'ebx' | 'ecx' | 'edx', ...bits: number[]): HostFacts {
  const facts = hostFacts(name)
  for (const entry of facts.cpuid.filter((each) => Number(each.leaf) === leaf && each.subleaf === '0x0')) {
    const mask = bits.reduce((sum, bit) => sum | (1 << bit), 0)
    entry[register] = `0x${((Number(entry[register]) & ~mask) >>> 0).toString(16)}`
  }
  return facts
}

/** Sizes worked out as the SDM says (volume 1, §13.4), from the plan's own subleaves. */
function sizes(facts: HostFacts): { standard: number; compacted: number; components: number[] } {
  const components = processorLeaves(compiledPlan(facts, 1), 0).filter(
    ({ leaf, subleaf }) => leaf === '0xd' && Number(subleaf) >= 2,
  )
  let standard = 576
  let compacted = 576
  for (const { eax, ebx, ecx } of components) {
    const supervisor = (Number(ecx) & 1) === 1
    if (!supervisor) standard = Math.max(standard, Number(ebx) + Number(eax))
    if (Number(ecx) & 2) compacted += (64 - (compacted % 64)) % 64
    compacted += Number(eax)
  }
  return { standard, compacted, components: components.map(({ subleaf }) => Number(subleaf)) }
}

/** Components, sizes and subleaves tell the same story. */
function checkAgreement(facts: HostFacts, xcr0: number, message: string): void {
  const plan = compiledPlan(facts, 1)
  const { standard, compacted, components } = sizes(facts)
  const main = answer(plan, 0, 0xd, 0)
  const format = answer(plan, 0, 0xd, 1)
  assert.is(main?.eax, xcr0, message)
  assert.is(main?.ecx, standard, message)
  assert.is(main?.ebx, standard, message)
  const wanted = Array.from({ length: 30 }, (_, index) => index + 2).filter(
    (bit) => ((xcr0 | (format?.ecx ?? 0)) >>> bit) & 1,
  )
  assert.equal(components, wanted, message)
  assert.is(format?.ebx, (format?.eax ?? 0) & 0b1010 ? compacted : 0, message)
}

test('is as the host has it when every component has its feature', () => {
  checkAgreement(hostFacts(INTEL), 0x602e7, 'all')
  assert.is(answer(compiledPlan(hostFacts(INTEL), 1), 0, 0xd, 0)?.ecx, 0x2b00)
  checkAgreement(hostFacts('amd-epyc-svm-lab'), 0x7, 'AVX, neither XSAVEC nor XSAVES')
})

test('drops the components whose feature bit is off, and their sizes', () => {
  checkAgreement(without(INTEL, 0x7, 'ecx', 3), 0x600e7, 'no PKU')
  checkAgreement(without(INTEL, 0x7, 'ebx', 16), 0x60207, 'no AVX-512')
  checkAgreement(without(INTEL, 0x1, 'ecx', 28), 0x60203, 'no AVX, so no AVX-512')
  const noAmx = without(INTEL, 0x7, 'edx', 24)
  checkAgreement(noAmx, 0x2e7, 'no AMX')
  assert.is(answer(compiledPlan(noAmx, 1), 0, 0xd, 0)?.ecx, 0xa88)
})

test('XFD goes with the components it is for', () => {
  const facts = without(INTEL, 0x7, 'edx', 24)
  assert.is((answer(compiledPlan(facts, 1), 0, 0xd, 1)?.eax ?? 0) & 0x10, 0)
  assert.is((answer(compiledPlan(hostFacts(INTEL), 1), 0, 0xd, 1)?.eax ?? 0) & 0x10, 0x10)
})

test('AMX goes when the process may not use its component', () => {
  const facts = without(INTEL, 0xd, 'eax', 17, 18)
  checkAgreement(facts, 0x2e7, 'XTILE not permitted')
  assert.is((answer(compiledPlan(facts, 1), 0, 0x7)?.edx ?? 0) & 0x3400000, 0)
})

test('a component without a subleaf of its own is dropped', () => {
  const facts = hostFacts(INTEL)
  facts.cpuid = facts.cpuid.filter(({ leaf, subleaf }) => leaf !== '0xd' || subleaf !== '0x6')
  checkAgreement(facts, 0x60207, 'AVX-512 is incomplete')
})

test('supervisor components need XSAVES', () => {
  const withCet = (xsaves: boolean): HostFacts => {
    const facts = without(INTEL, 0xff, 'eax')
    const leaf7 = facts.cpuid.find(({ leaf, subleaf }) => leaf === '0x7' && subleaf === '0x0')
    if (leaf7) leaf7.ecx = `0x${((Number(leaf7.ecx) | 0x80) >>> 0).toString(16)}`
    const format = facts.cpuid.find(({ leaf, subleaf }) => leaf === '0xd' && subleaf === '0x1')
    if (format) Object.assign(format, { ecx: '0x1800', eax: xsaves ? '0x1f' : '0x17' })
    for (const subleaf of ['0xb', '0xc']) {
      facts.cpuid.push({ leaf: '0xd', subleaf, indexed: true, eax: '0x10', ebx: '0x0', ecx: '0x1', edx: '0x0' })
    }
    return facts
  }
  assert.is(answer(compiledPlan(withCet(true), 1), 0, 0xd, 1)?.ecx, 0x1800)
  checkAgreement(withCet(true), 0x602e7, 'CET with XSAVES')
  assert.is(answer(compiledPlan(withCet(false), 1), 0, 0xd, 1)?.ecx, 0)
  checkAgreement(withCet(false), 0x602e7, 'CET without XSAVES')
})

test('is empty when the processor has no XSAVE', () => {
  for (const facts of [hostFacts('amd-epyc-pvm'), without(INTEL, 0x1, 'ecx', 26)]) {
    const leaves = processorLeaves(compiledPlan(facts, 1), 0).filter(({ leaf }) => leaf === '0xd')
    assert.equal(leaves, [
      { leaf: '0xd', subleaf: '0x0', indexed: true, eax: '0x0', ebx: '0x0', ecx: '0x0', edx: '0x0' },
    ])
  }
})

test('every host we know gives leaves that agree', () => {
  for (const name of HOSTS) {
    const xsave = ((answer(compiledPlan(hostFacts(name), 1), 0, 0x1)?.ecx ?? 0) >>> 26) & 1
    if (xsave) checkAgreement(hostFacts(name), answer(compiledPlan(hostFacts(name), 1), 0, 0xd)?.eax ?? 0, name)
  }
})

test.run()
