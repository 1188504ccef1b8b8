import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { isOffered } from '../../../src/plan/cpu-model/apply-features.ts'
import { FEATURES, FEATURE_WORDS } from '../../../src/plan/cpu-model/feature-words.ts'
import { CpuidTable } from '../../../src/plan/cpuid/cpuid-table.ts'
import type { HostCpuidLeaf } from '../../../src/plan/host-facts.gen.ts'
import { suite } from '../../suite.ts'

const test = suite('feature words')

const readJson = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'))

test('names are those that Linux printed on a machine with these leaves', () => {
  const { leaves, flags } = readJson('test/fixtures/cpuinfo/amd-epyc-guest.json') as {
    leaves: HostCpuidLeaf[]
    flags: string
  }
  const printed = flags.split(' ')
  const table = CpuidTable.fromFacts(leaves)
  const ours = [...FEATURES.keys()].filter((name) => isOffered(table, name))
  // Linux derives these from the family, from other leaves or from its own code.
  const derived = ['rep_good', 'nopl', 'xtopology', 'cpuid', 'extd_apicid', 'tsc_known_freq', 'vmmcall']
  assert.equal(printed.filter((name) => !ours.includes(name)), derived) // prettier-ignore
  // Linux 6.18 keeps these to itself; shstk it prints as user_shstk where it uses it.
  const silent = ['amd_ibpb_ret', 'amd_psfd', 'amd_stibp_always_on', 'lfence_rdtsc', 'no_smm_ctl_msr', 'shstk', 'tsa_l1_no', 'tsa_sq_no'] // prettier-ignore
  assert.equal(ours.filter((name) => !printed.includes(name)).sort(), silent)
})

test('the bits of some features are those of the manuals', () => {
  const cases: [name: string, leaf: number, subleaf: number, register: string, bit: number][] = [
    ['fpu', 0x1, 0, 'edx', 0],
    ['pbe', 0x1, 0, 'edx', 31],
    ['hypervisor', 0x1, 0, 'ecx', 31],
    ['avx', 0x1, 0, 'ecx', 28],
    ['hfi', 0x6, 0, 'eax', 19],
    ['epb', 0x6, 0, 'ecx', 3],
    ['avx512vl', 0x7, 0, 'ebx', 31],
    ['sgx_lc', 0x7, 0, 'ecx', 30],
    ['core_capabilities', 0x7, 0, 'edx', 30],
    ['amx_tile', 0x7, 0, 'edx', 24],
    ['avx512_bf16', 0x7, 1, 'eax', 5],
    ['lam', 0x7, 1, 'eax', 26],
    ['mcdt_no', 0x7, 2, 'edx', 5],
    ['xfd', 0xd, 1, 'eax', 4],
    ['3dnow', 0x80000001, 0, 'edx', 31],
    ['mwaitx', 0x80000001, 0, 'ecx', 29],
    ['smca', 0x80000007, 0, 'ebx', 3],
    ['nonstop_tsc', 0x80000007, 0, 'edx', 8],
    ['brs', 0x80000008, 0, 'ebx', 31],
    ['srso_user_kernel_no', 0x80000021, 0, 'eax', 30],
  ]
  for (const [name, leaf, subleaf, register, bit] of cases) {
    assert.equal(FEATURES.get(name)?.[0], { leaf, subleaf, register, bit }, name)
  }
})

test('every feature has a bit within a word, and no two features share one unless they are meant to', () => {
  const owners = new Map<string, string[]>()
  const words = FEATURE_WORDS.map(({ leaf, subleaf, register }) => `${leaf}:${subleaf}:${register}`)
  assert.is(new Set(words).size, words.length)
  for (const [name, bits] of FEATURES) {
    assert.ok(bits.length > 0)
    for (const { leaf, subleaf, register, bit } of bits) {
      assert.ok(bit >= 0 && bit < 32, name)
      assert.ok(words.includes(`${leaf}:${subleaf}:${register}`), name)
      const key = `${leaf}:${subleaf}:${register}:${bit}`
      owners.set(key, [...(owners.get(key) ?? []), name])
    }
  }
  const shared = [...owners.values()].filter((names) => names.length > 1)
  assert.equal(shared.sort(), [['constant_tsc', 'nonstop_tsc'], ['ibrs', 'ibpb']]) // prettier-ignore
})

test('both schemas list the same names, all of them and in order', () => {
  for (const file of ['manifest', 'cpu-template']) {
    const { definitions } = readJson(`schema/${file}.schema.json`) as {
      definitions: { cpuFeature: { enum: string[] } }
    }
    assert.equal(definitions.cpuFeature.enum, [...FEATURES.keys()].sort(), file)
  }
})

test.run()
