// Under a template every host shows the same features, vendors' own ways of telling them aside.
import * as assert from 'uvu/assert'
import { FEATURES } from '../../../src/plan/cpu-model/feature-words.ts'
import type { Registers } from '../../../src/plan/cpuid/cpuid-table.ts'
import { suite } from '../../suite.ts'
import { planWith, problemsWith, templateModel, visibleFeatures } from '../support/cpu-model.ts'
import { answer, processorLeaves } from '../support/guest-cpuid.ts'
import { hostFacts, HOSTS } from '../support/host-facts.ts'

const test = suite('CPU templates')

const TEMPLATES = ['x86-64-v1', 'x86-64-v2', 'x86-64-v3'] as const
/** kvm_pvm lets its guests have next to nothing beyond level 1. */
const PVM = 'amd-epyc-pvm'
const CAPABLE = HOSTS.filter((name) => name !== PVM)
const hostsOf = (template: string): readonly string[] => (template === 'x86-64-v1' ? HOSTS : CAPABLE)

type Word = readonly [leaf: number, subleaf: number, register: keyof Registers]
const WORDS: Word[] = [
  [0x1, 0, 'ecx'],
  [0x1, 0, 'edx'],
  [0x7, 0, 'ebx'],
  [0x7, 0, 'ecx'],
  [0x7, 0, 'edx'],
  [0x7, 1, 'eax'],
  [0x7, 1, 'edx'],
  [0x80000001, 0, 'ecx'],
  [0x80000001, 0, 'edx'],
]

/** What may differ, and why. docs/cpu-models.md tells people the same. */
const EXCEPTIONS: { word: Word; bits: number[]; why: string }[] = [
  { word: [0x7, 0, 'edx'], bits: [9, 10, 11, 26, 27, 28, 29, 31], why: 'defences against speculation: kept' },
  {
    word: [0x80000001, 0, 'ecx'],
    bits: [1, 22],
    why: "CmpLegacy and TopologyExtensions: AMD's way to tell the topology",
  },
  {
    word: [0x80000001, 0, 'edx'],
    bits: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 23, 24],
    why: 'AMD repeats leaf 1 EDX here',
  },
]

function masked(plan: ReturnType<typeof planWith>, word: Word): number {
  const [leaf, subleaf, register] = word
  const exception = EXCEPTIONS.find((each) => each.word.join() === word.join())
  const mask = (exception?.bits ?? []).reduce((sum, bit) => sum | (1 << bit), 0)
  return ((answer(plan, 0, leaf, subleaf)?.[register] ?? 0) & ~mask) >>> 0
}

for (const template of TEMPLATES) {
  test(`${template} gives the feature words of its list, on every host that can`, async () => {
    const cpu = await templateModel(template)
    const listed = new Set([...(cpu.rules?.features ?? []), 'ht', 'hypervisor'])
    for (const name of hostsOf(template)) {
      const plan = planWith(hostFacts(name), { cpu })
      for (const word of WORDS) {
        const [leaf, subleaf, register] = word
        let wanted = 0
        for (const feature of listed) {
          const [bit] = FEATURES.get(feature) ?? []
          if (bit?.leaf === leaf && bit.subleaf === subleaf && bit.register === register) wanted |= 1 << bit.bit
        }
        assert.is(masked(plan, word), wanted >>> 0, `${name}: ${word.join(' ')}`)
      }
    }
  })

  test(`${template} gives the same leaf 0xD on every host that can`, async () => {
    const cpu = await templateModel(template)
    const leaves = (name: string) =>
      processorLeaves(planWith(hostFacts(name), { cpu }), 0).filter(({ leaf }) => leaf === '0xd')
    // Without XSAVE all of it is zero; a subleaf that is not there reads as zero as well.
    const content = (name: string) =>
      leaves(name).filter(({ subleaf, eax }) => Number(subleaf) === 0 || Number(eax) > 0)
    const [first = '', ...others] = hostsOf(template)
    for (const name of others) assert.equal(content(name), content(first), name)
    const userStates = { 'x86-64-v1': 0, 'x86-64-v2': 0, 'x86-64-v3': 7 }[template]
    for (const name of hostsOf(template))
      assert.is(answer(planWith(hostFacts(name), { cpu }), 0, 0xd)?.eax, userStates, name)
  })

  test(`${template} shows nothing that is neither listed, kept nor the machine's own`, async () => {
    const cpu = await templateModel(template)
    const known = new Set([...(cpu.rules?.features ?? []), ...(cpu.rules?.keep ?? [])])
    for (const name of ['ht', 'cmp_legacy', 'topoext', 'hypervisor']) known.add(name)
    for (const name of hostsOf(template)) {
      const visible = visibleFeatures(planWith(hostFacts(name), { cpu }))
      assert.equal(visible.filter((feature) => !known.has(feature)), [], name) // prettier-ignore
      assert.equal((cpu.rules?.features ?? []).filter((feature) => !visible.includes(feature)), [], name) // prettier-ignore
    }
  })
}

test('the levels of the psABI have the features that it names', async () => {
  const featuresOf = async (template: string) => (await templateModel(template)).rules?.features ?? []
  const levels = {
    'x86-64-v1': ['cmov', 'cx8', 'fpu', 'fxsr', 'mmx', 'syscall', 'sse', 'sse2'],
    'x86-64-v2': ['cx16', 'lahf_lm', 'popcnt', 'pni', 'sse4_1', 'sse4_2', 'ssse3'],
    'x86-64-v3': ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe', 'xsave'],
  }
  let below: string[] = []
  for (const template of TEMPLATES) {
    const features = await featuresOf(template)
    for (const name of [...levels[template], ...below]) assert.ok(features.includes(name), `${template}: ${name}`)
    below = features
  }
})

test('a host that cannot is refused with a list of what it lacks', async () => {
  const [problem, ...others] = problemsWith(hostFacts(PVM), await templateModel('x86-64-v2'))
  assert.equal([problem?.code, problem?.pointer, others], ['V216', '/cpu/template', []])
  assert.match(problem?.message ?? '', /: popcnt, pni, ssse3, sse4_1, sse4_2, aes, pclmulqdq, rdtscp$/)
})

test("a host keeps its own defences, by its vendor's bits", async () => {
  const cpu = await templateModel('x86-64-v3')
  const visible = (name: string) => visibleFeatures(planWith(hostFacts(name), { cpu }))
  for (const name of ['md_clear', 'arch_capabilities', 'rrsba_ctrl', 'ssbd']) {
    assert.ok(visible('intel-sapphire-rapids').includes(name), name)
  }
  for (const name of ['amd_psfd', 'virt_ssbd', 'lfence_rdtsc', 'ssbd']) {
    assert.ok(visible('amd-epyc-milan').includes(name), name)
    assert.is(visible('intel-cascade-lake').includes(name), name === 'ssbd', name)
  }
})

test('features over a template add to it and take from it', async () => {
  const milan = hostFacts('amd-epyc-milan')
  const plus = visibleFeatures(
    planWith(milan, { cpu: await templateModel('x86-64-v2', { sha_ni: true, sse4_2: false }) }),
  )
  assert.ok(plus.includes('sha_ni'))
  assert.ok(plus.includes('sse4_1'))
  assert.not.ok(plus.includes('sse4_2'))
  // Off by name, so the template does not ask for it either.
  const offs = ['popcnt', 'pni', 'aes', 'pclmulqdq', 'rdtscp']
  const cpu = await templateModel('x86-64-v2', Object.fromEntries(offs.map((name) => [name, false])))
  assert.equal(problemsWith(hostFacts(PVM), cpu), [])
})

test('stepping, brand and caches stay those of the host', async () => {
  const cpu = await templateModel('x86-64-v3')
  for (const name of CAPABLE) {
    const [plain, modelled] = [planWith(hostFacts(name), {}), planWith(hostFacts(name), { cpu })]
    assert.is(answer(modelled, 0, 0x1)?.eax, answer(plain, 0, 0x1)?.eax)
    for (const leaf of [0x80000002, 0x80000004, 0x4, 0x8000001d]) {
      assert.equal(answer(modelled, 0, leaf), answer(plain, 0, leaf), name)
    }
  }
})

test.run()
