// cpu.features over what the host offers: what goes with a feature, what is refused, what is the machine's own.
import * as assert from 'uvu/assert'
import type { BootPlan } from '../../../src/plan/boot-plan.gen.ts'
import { FEATURES } from '../../../src/plan/cpu-model/feature-words.ts'
import { suite } from '../../suite.ts'
import { planWith, problemsWith, visibleFeatures, withFeatures } from '../support/cpu-model.ts'
import { answer, cpuidToolMissing, decodeByTool } from '../support/guest-cpuid.ts'
import { hostFacts, HOSTS } from '../support/host-facts.ts'

const test = suite('CPU features')
const INTEL = 'intel-sapphire-rapids'
const LAB = 'amd-epyc-svm-lab'

const brief = (problems: ReturnType<typeof problemsWith>) => problems.map(({ code, pointer }) => `${code} ${pointer}`)

/** What XCR0 may hold: EAX of leaf 0xD. */
const userStates = (plan: BootPlan) => answer(plan, 0, 0xd)?.eax

test('without cpu the plan shows what the host offers', () => {
  const cpu = withFeatures({})
  for (const name of HOSTS) assert.equal(planWith(hostFacts(name), { cpu }), planWith(hostFacts(name), {}))
  assert.ok(visibleFeatures(planWith(hostFacts(INTEL), {})).includes('avx512_fp16'))
})

test('avx off takes avx2, fma, AVX-512 and their parts of leaf 0xD', () => {
  const host = hostFacts(INTEL)
  assert.is(userStates(planWith(host, {})), 0x602e7)
  const plan = planWith(host, { cpu: withFeatures({ avx: false }) })
  const visible = visibleFeatures(plan)
  assert.equal(visible.filter((name) => /^(avx|fma$|f16c$|vaes$|vpclmulqdq$)/.test(name)), []) // prettier-ignore
  assert.ok(['xsave', 'sse4_2', 'pku', 'amx_tile'].every((name) => visible.includes(name)))
  assert.is(userStates(plan), 0x60203)
  assert.equal([2, 5, 6, 7].map((subleaf) => answer(plan, 0, 0xd, subleaf)), Array(4).fill(undefined)) // prettier-ignore
})

test('avx512f off takes the other AVX-512 features and leaves AVX2', () => {
  const plan = planWith(hostFacts(INTEL), { cpu: withFeatures({ avx512f: false }) })
  const visible = visibleFeatures(plan)
  assert.equal(visible.filter((name) => name.startsWith('avx512')), []) // prettier-ignore
  assert.ok(visible.includes('avx2') && visible.includes('avx_vnni'))
  assert.is(userStates(plan), 0x60207)
})

test('xsave off leaves no extended state', () => {
  const plan = planWith(hostFacts(INTEL), { cpu: withFeatures({ xsave: false }) })
  assert.equal(answer(plan, 0, 0xd), { eax: 0, ebx: 0, ecx: 0, edx: 0 })
  assert.equal(visibleFeatures(plan).filter((name) => /^(x?save|xsave.*|xgetbv1|xfd|avx.*|amx.*|pku)$/.test(name)), []) // prettier-ignore
})

test('amx_tile off takes the leaves that describe it', () => {
  const host = hostFacts(INTEL)
  assert.is.not(answer(planWith(host, {}), 0, 0x1d, 1)?.eax, 0)
  const plan = planWith(host, { cpu: withFeatures({ amx_tile: false }) })
  assert.is(userStates(plan), 0x2e7)
  assert.equal([answer(plan, 0, 0x1d), answer(plan, 0, 0x1e)], Array(2).fill({ eax: 0, ebx: 0, ecx: 0, edx: 0 }))
  assert.is(answer(plan, 0, 0x1d, 1), undefined)
})

test("AMD's copy of a feature goes with it", () => {
  const host = hostFacts('amd-epyc-milan')
  const edx = (features: Record<string, boolean>) =>
    answer(planWith(host, { cpu: withFeatures(features) }), 0, 0x80000001)?.edx ?? 0
  assert.is((edx({}) >>> 23) & 1, 1, 'MMX is repeated')
  assert.is((edx({ mmx: false }) >>> 23) & 1, 0)
  assert.is((edx({ mmx: false }) >>> 22) & 1, 0, 'mmxext needs it')
})

test('what the host lacks cannot be turned on, and the message lists it', () => {
  const problems = problemsWith(hostFacts(LAB), withFeatures({ avx512_vnni: true, avx2: true, pcid: true }))
  assert.equal(brief(problems), ['V216 /cpu/features/avx512_vnni', 'V216 /cpu/features/pcid'])
  assert.match(problems[0]?.message ?? '', /does not offer avx512_vnni, avx512vl, avx512f$/)
})

test('features of the topology are never missing: they are set from the machine', () => {
  const lab = hostFacts(LAB)
  assert.is((Number(lab.cpuid.find(({ leaf }) => leaf === '0x80000001')?.ecx) >>> 22) & 1, 0, 'this KVM omits TOPOEXT')
  const cpu = withFeatures({ topoext: true, ht: true, cmp_legacy: true, hypervisor: true })
  assert.equal(problemsWith(lab, cpu), [])
  assert.ok(visibleFeatures(planWith(lab, { cpu })).includes('topoext'))
})

test('every feature that a host offers can be turned off by name, or is refused as needed for the start', () => {
  for (const name of ['amd-epyc-milan', INTEL] as const) {
    for (const feature of visibleFeatures(planWith(hostFacts(name), {}))) {
      const cpu = withFeatures({ [feature]: false })
      const problems = problemsWith(hostFacts(name), cpu)
      if (problems.length > 0) {
        assert.equal(brief(problems), [`V215 /cpu/features/${feature}`])
        assert.ok(['apic', 'lm', 'msr', 'pae'].includes(feature), feature)
      } else {
        assert.not.ok(visibleFeatures(planWith(hostFacts(name), { cpu })).includes(feature), feature)
      }
    }
  }
})

test('a feature that is on and needs one that is off is a contradiction, whatever the host', () => {
  for (const name of HOSTS) {
    const problems = problemsWith(hostFacts(name), withFeatures({ avx2: true, avx: false }))
    assert.equal(brief(problems)[0], 'V215 /cpu/features/avx2', name)
    assert.match(problems[0]?.message ?? '', /needs avx, which is off/)
  }
})

test('over a template a feature needs what the template leaves off', () => {
  const rules = { features: ['fpu', 'apic', 'lm', 'msr', 'pae', 'avx2'], keep: [] }
  const problems = problemsWith(hostFacts(INTEL), { template: 't', rules, features: { aes: true } })
  assert.equal(brief(problems), ['V215 /cpu/features/aes', 'V215 /cpu/template'])
  assert.match(problems[0]?.message ?? '', /aes needs sse2, sse, fxsr, which are off/)
  const bare = { features: ['fpu', 'msr'], keep: [] }
  const [missing] = problemsWith(hostFacts(INTEL), { template: 't', rules: bare, features: {} })
  assert.match(missing?.message ?? '', /leaves out apic, lm, pae/)
})

test('bits of a feature word without a name are off under a template', () => {
  const facts = hostFacts(INTEL)
  const known = [...FEATURES.values()].flat().filter(({ leaf, register }) => leaf === 0x7 && register === 'ecx')
  assert.not.ok(known.some(({ bit }) => bit === 31))
  for (const leaf7 of facts.cpuid.filter(({ leaf, subleaf }) => leaf === '0x7' && subleaf === '0x0')) {
    leaf7.ecx = `0x${((Number(leaf7.ecx) | (1 << 31)) >>> 0).toString(16)}`
  }
  const rules = { features: ['fpu', 'apic', 'lm', 'msr', 'pae', 'rdpid'], keep: [] }
  assert.is((answer(planWith(facts, {}), 0, 0x7)?.ecx ?? 0) >>> 31, 1)
  assert.is(answer(planWith(facts, { cpu: { template: 't', rules, features: {} } }), 0, 0x7)?.ecx, 1 << 22)
})

test('nested virtualisation is on when it is asked for and the host has it', () => {
  const lab = hostFacts(LAB)
  const plan = planWith(lab, { cpu: withFeatures({ svm: true }) })
  assert.ok(visibleFeatures(plan).includes('svm'))
  assert.is.not(answer(plan, 0, 0x8000000a)?.edx, 0)
  assert.equal(brief(problemsWith(lab, withFeatures({ vmx: true }))), ['V216 /cpu/features/vmx'])
})

test.skipIf(cpuidToolMissing(), 'cpuid reads the features that are left', () => {
  const [text = ''] = decodeByTool(planWith(hostFacts(INTEL), { cpu: withFeatures({ avx: false, smep: false }) }))
  const states: [line: RegExp, wanted: string][] = [
    [/AVX: advanced vector extensions += (\w+)/, 'false'],
    [/AVX2: advanced vector extensions 2 += (\w+)/, 'false'],
    [/SMEP supervisor mode exec protection += (\w+)/, 'false'],
    [/XSAVE\/XSTOR states += (\w+)/, 'true'],
    [/AES instruction += (\w+)/, 'true'],
  ]
  for (const [line, wanted] of states) assert.is(line.exec(text)?.[1], wanted, String(line))
})

test.run()
