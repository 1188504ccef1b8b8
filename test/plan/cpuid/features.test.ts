import * as assert from 'uvu/assert'
import { suite } from '../../suite.ts'
import { answer, compiledPlan, cpuidToolMissing, decodeByTool } from '../support/guest-cpuid.ts'
import { hostFacts, HOSTS } from '../support/host-facts.ts'

const test = suite('CPUID features')

const bit = (value: number | undefined, index: number): number => ((value ?? 0) >>> index) & 1

test('HYPERVISOR is on, OSXSAVE and PDCM are off', () => {
  for (const name of HOSTS) {
    const facts = hostFacts(name)
    for (const leaf1 of facts.cpuid.filter(({ leaf }) => leaf === '0x1'))
      leaf1.ecx = `0x${(((Number(leaf1.ecx) | (1 << 27) | (1 << 15)) & 0x7fffffff) >>> 0).toString(16)}`
    const ecx = answer(compiledPlan(facts, 2), 1, 0x1)?.ecx
    assert.equal([bit(ecx, 31), bit(ecx, 27), bit(ecx, 15)], [1, 0, 0])
  }
})

test('TSC-deadline follows what KVM offers, and the plan asks for it', () => {
  const facts = hostFacts('amd-epyc-pvm')
  const offered = compiledPlan(facts, 1)
  assert.is(bit(answer(offered, 0, 0x1)?.ecx, 24), 1)
  assert.ok(offered.requires.capabilities.includes('KVM_CAP_TSC_DEADLINE_TIMER'))
  facts.kvm.capabilities = facts.kvm.capabilities.filter((name) => name !== 'KVM_CAP_TSC_DEADLINE_TIMER')
  const refused = compiledPlan(facts, 1)
  assert.is(bit(answer(refused, 0, 0x1)?.ecx, 24), 0)
  assert.not.ok(refused.requires.capabilities.includes('KVM_CAP_TSC_DEADLINE_TIMER'))
})

test('nested virtualisation is off', () => {
  const amd = hostFacts('amd-epyc-svm-lab')
  assert.is(bit(Number(amd.cpuid.find(({ leaf }) => leaf === '0x80000001')?.ecx), 2), 1, 'the host offers it')
  const plan = compiledPlan(amd, 1)
  assert.is(bit(answer(plan, 0, 0x80000001)?.ecx, 2), 0)
  assert.equal(answer(plan, 0, 0x8000000a), { eax: 0, ebx: 0, ecx: 0, edx: 0 })
  const intel = hostFacts('intel-sapphire-rapids')
  for (const leaf1 of intel.cpuid.filter(({ leaf }) => leaf === '0x1')) leaf1.ecx = '0xffffffff'
  assert.is(bit(answer(compiledPlan(intel, 1), 0, 0x1)?.ecx, 5), 0)
})

test('performance monitoring is off', () => {
  const facts = hostFacts('intel-sapphire-rapids')
  for (const leaf of facts.cpuid.filter((entry) => entry.leaf === '0xa'))
    Object.assign(leaf, { eax: '0x8300802', edx: '0x603' })
  assert.equal(answer(compiledPlan(facts, 1), 0, 0xa), { eax: 0, ebx: 0, ecx: 0, edx: 0 })
})

test("KVM's own leaves stay, without hints", () => {
  const facts = hostFacts('amd-epyc-pvm')
  for (const leaf of facts.cpuid.filter((entry) => entry.leaf === '0x40000001')) leaf.edx = '0x1'
  const plan = compiledPlan(facts, 1)
  assert.equal(answer(plan, 0, 0x40000000), { eax: 0x40000001, ebx: 0x4b4d564b, ecx: 0x564b4d56, edx: 0x4d })
  assert.equal(answer(plan, 0, 0x40000001), { eax: 0x1007efb, ebx: 0, ecx: 0, edx: 0 })
})

test.skipIf(cpuidToolMissing(), "the brand string is the host's when KVM leaves it empty", () => {
  for (const name of HOSTS) {
    const facts = hostFacts(name)
    for (const text of decodeByTool(compiledPlan(facts, 1))) assert.match(text, `brand = "${facts.cpu.brand}"`)
  }
})

test('a brand string that KVM gives stays, and a long one keeps its NUL', () => {
  const facts = hostFacts('amd-epyc-pvm')
  facts.cpu.brand = 'x'.repeat(60)
  assert.is(answer(compiledPlan(facts, 1), 0, 0x80000004)?.edx, 0x00787878)
  for (const leaf of facts.cpuid.filter((entry) => entry.leaf === '0x80000002')) leaf.eax = '0x20444d41'
  assert.is(answer(compiledPlan(facts, 1), 0, 0x80000002)?.eax, 0x20444d41)
  assert.is(answer(compiledPlan(facts, 1), 0, 0x80000003)?.eax, 0)
})

test.run()
