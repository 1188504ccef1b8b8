import * as assert from 'uvu/assert'
import type { BootPlan } from '../../../src/plan/boot-plan.gen.ts'
import { suite } from '../../suite.ts'
import { answer, compiledPlan, cpuidToolMissing, decodeByTool } from '../support/guest-cpuid.ts'
import { hostFacts, HOSTS } from '../support/host-facts.ts'

const test = suite('CPUID topology')

type Shape = [sockets: number, cores: number, threads: number]
const SHAPES: Shape[] = [
  [1, 4, 1],
  [2, 2, 2],
  [1, 3, 1],
  [2, 3, 2],
]
const AMD = HOSTS.filter((name) => name.startsWith('amd'))
const INTEL = 'intel-sapphire-rapids'

const field = (value: number | undefined, shift: number, width: number): number =>
  ((value ?? 0) >>> shift) & (2 ** width - 1)
const widthFor = (count: number): number => Math.ceil(Math.log2(count))

/** PKG_ID, CORE_ID and SMT_ID of each processor, as `cpuid` derives them. */
function synthesised(plan: BootPlan): string[] {
  return decodeByTool(plan).map((text) => /\(APIC synth\): (.*)/.exec(text)?.[1] ?? 'nothing derived')
}

function placesOf([sockets, cores, threads]: Shape): string[] {
  const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
  return range(sockets).flatMap((socket) =>
    range(cores).flatMap((core) => range(threads).map((thread) => `PKG_ID=${socket} CORE_ID=${core} SMT_ID=${thread}`)),
  )
}

for (const shape of SHAPES) {
  const title = shape.join('×')
  for (const name of AMD) {
    test.skipIf(cpuidToolMissing(), `cpuid places the processors of ${title} by AMD's leaves on ${name}`, () => {
      const plan = compiledPlan(hostFacts(name), shape)
      assert.equal(synthesised(plan), placesOf(shape))
      // The tool counts threads here: leaf 0x80000008 NC.
      for (const text of decodeByTool(plan))
        assert.match(text, new RegExp(`\\(multi-processing synth\\) = multi-core \\(c=${shape[1] * shape[2]}\\)`))
    })
  }

  test.skipIf(cpuidToolMissing(), `cpuid places the processors of ${title} by Intel's leaves 1 and 4`, () => {
    const plan = compiledPlan(hostFacts(INTEL), shape)
    // With leaf 0xB or 0x1F the tool takes their shifts for widths, on hardware too; they are checked below.
    for (const vcpu of plan.vcpus) vcpu.cpuid = vcpu.cpuid.filter(({ leaf }) => leaf !== '0xb' && leaf !== '0x1f')
    assert.equal(synthesised(plan), placesOf(shape))
    for (const text of decodeByTool(plan)) assert.match(text, /\(multi-processing method\) = Intel leaf 1\/4/)
  })

  test.skipIf(
    cpuidToolMissing(),
    `cpuid reads thread, core and invalid level of ${title} in leaves 0xB and 0x1F`,
    () => {
      const [, cores, threads] = shape
      const plan = compiledPlan(hostFacts(INTEL), shape)
      for (const [vcpu, text] of decodeByTool(plan).entries()) {
        const id = plan.vcpus[vcpu]?.apicId ?? -1
        assert.match(text, new RegExp(`extended APIC ID +(=) ${id}\n`))
        assert.match(text, new RegExp(`x2APIC ID of logical processor = 0x${id.toString(16)} `))
        const levels = [
          ...text.matchAll(
            /level type += (\w+) .*\n +bit width of level +(?:& .*)?= 0x\w+ \((\d+)\)\n +number of logical processors at level = 0x\w+ \((\d+)\)/g,
          ),
        ]
        const wanted = [
          ['thread', `${widthFor(threads)}`, `${threads}`],
          ['core', `${widthFor(threads) + widthFor(cores)}`, `${cores * threads}`],
          ['invalid', '0', '0'],
        ]
        assert.equal(
          levels.map(([, ...rest]) => rest),
          [...wanted, ...wanted],
        )
      }
    },
  )
}

const LARGE: Shape[] = [
  [1, 64, 1],
  [4, 8, 2],
  [1, 254, 1],
  [2, 127, 1],
  [1, 300, 1],
  [3, 50, 2],
  [5, 15, 4],
]

for (const shape of LARGE) {
  const [sockets, cores, threads] = shape
  const count = sockets * cores * threads
  // What a processor is called by its place: cores that would hold id 255 are left out, and their numbers with them.
  test(`${shape.join('×')}: every leaf that has an APIC id has the same, and it comes apart by the widths told`, () => {
    for (const name of ['amd-epyc-milan', INTEL] as const) {
      const plan = compiledPlan(hostFacts(name), shape, false)
      assert.is(plan.vcpus.length, count)
      const seen = new Set<string>()
      for (const [vcpu, { apicId }] of plan.vcpus.entries()) {
        assert.is(field(answer(plan, vcpu, 0x1)?.ebx, 24, 8), apicId & 0xff)
        const [smt, core] = [answer(plan, vcpu, 0xb, 0), answer(plan, vcpu, 0xb, 1)]
        assert.equal([smt?.edx, core?.edx, smt?.ebx, core?.ebx], [apicId, apicId, threads, cores * threads])
        assert.is.not(apicId, 255)
        const [threadBits, packageBits] = [smt?.eax ?? 0, core?.eax ?? 0]
        const place = [apicId >>> packageBits, field(apicId, threadBits, packageBits - threadBits), field(apicId, 0, threadBits)] // prettier-ignore
        seen.add(place.join())
        assert.ok((place[0] ?? 0) < sockets && (place[2] ?? 0) < threads)
        if (name === INTEL) assert.is(answer(plan, vcpu, 0x1f, 1)?.edx, apicId)
        else {
          const own = answer(plan, vcpu, 0x8000001e)
          assert.equal([own?.eax, own?.ecx, field(own?.ebx, 8, 8)], [apicId, place[0], threads - 1])
          assert.is(field(own?.ebx, 0, 8), (place[1] ?? 0) & 0xff)
        }
      }
      assert.is(seen.size, count)
    }
  })
}

for (const shape of [
  [1, 64, 1],
  [4, 8, 2],
  [1, 254, 1],
] as Shape[]) {
  test.skipIf(cpuidToolMissing(), `cpuid places the processors of ${shape.join('×')} by AMD's leaves`, () => {
    assert.equal(synthesised(compiledPlan(hostFacts('amd-epyc-milan'), shape)), placesOf(shape))
  })
}

test.skipIf(cpuidToolMissing(), 'cpuid reads x2APIC ids above 255 of 300 processors', () => {
  for (const name of ['amd-epyc-milan', INTEL] as const) {
    const plan = compiledPlan(hostFacts(name), 300, false)
    for (const [vcpu, text] of decodeByTool(plan).entries()) {
      const id = plan.vcpus[vcpu]?.apicId ?? -1
      assert.match(text, new RegExp(`extended APIC ID += ${id}\n`), `${name} ${vcpu}`)
    }
    assert.is(plan.vcpus.at(-1)?.apicId, 300, 'id 255 is left out')
  }
})

test('caches of level 3 are as wide as the package, also of 300 processors', () => {
  for (const [name, leaf] of [
    [INTEL, 0x4],
    ['amd-epyc-milan', 0x8000001d],
  ] as const) {
    for (const shape of LARGE) {
      const plan = compiledPlan(hostFacts(name), shape, false)
      const width = answer(plan, 0, 0xb, 1)?.eax ?? 0
      assert.is(field(answer(plan, 0, leaf, 3)?.eax, 14, 12), 2 ** width - 1, `${name} ${shape.join('×')}`)
      assert.is(field(answer(plan, 0, leaf, 0)?.eax, 14, 12), 2 ** widthFor(shape[2]) - 1)
      if (leaf === 0x8000001d) assert.is(field(answer(plan, 0, 0x80000008)?.ecx, 12, 4), width)
      else assert.is(field(answer(plan, 0, leaf, 0)?.eax, 26, 6), Math.min(63, 2 ** (width - widthFor(shape[2])) - 1))
    }
  }
})

test('leaf 1 holds APIC id, logical processors and the CLFLUSH size of the host', () => {
  for (const name of HOSTS) {
    const plan = compiledPlan(hostFacts(name), [2, 3, 2])
    for (const [vcpu, { apicId }] of plan.vcpus.entries()) {
      const ebx = answer(plan, vcpu, 0x1)?.ebx
      assert.is(field(ebx, 24, 8), apicId)
      // Intel: ids that the package's fields can hold. AMD: processors.
      assert.is(field(ebx, 16, 8), name.startsWith('intel') ? 8 : 6)
      assert.is(field(ebx, 8, 8), 8)
    }
  }
})

test('fields that are too narrow saturate with 1024 processors in a socket', () => {
  const intel = compiledPlan(hostFacts(INTEL), 1024, false)
  const amd = compiledPlan(hostFacts('amd-epyc-pvm'), [1, 512, 2], false)
  for (const plan of [intel, amd]) {
    assert.is(field(answer(plan, 1023, 0x1)?.ebx, 16, 8), 255)
    assert.is(answer(plan, 1023, 0xb, 1)?.ebx, 1024)
    assert.is(answer(plan, 1023, 0xb, 0)?.edx, plan.vcpus[1023]?.apicId)
  }
  assert.is(field(answer(intel, 0, 0x4, 0)?.eax, 26, 6), 63)
  assert.is(field(answer(intel, 0, 0x4, 3)?.eax, 14, 12), 2047)
  assert.is(field(answer(amd, 0, 0x80000008)?.ecx, 0, 8), 255)
})

test('leaf 4 counts 63 more cores at most and 4095 more sharers', () => {
  for (const [cores, wanted] of [
    [63, 63],
    [64, 63],
    [65, 63],
    [32, 31],
  ] as const) {
    assert.is(field(answer(compiledPlan(hostFacts(INTEL), cores), 0, 0x4, 0)?.eax, 26, 6), wanted)
  }
  const facts = hostFacts(INTEL)
  facts.kvm.maxVcpus = 4096
  facts.kvm.maxVcpuId = 65536
  assert.is(field(answer(compiledPlan(facts, 4096, false), 0, 0x4, 3)?.eax, 14, 12), 4095)
})

test('HTT is on with more than one processor and off with one', () => {
  for (const name of HOSTS) {
    for (const [vcpus, wanted] of [
      [1, 0],
      [2, 1],
      [254, 1],
    ] as const) {
      assert.is(field(answer(compiledPlan(hostFacts(name), vcpus), 0, 0x1)?.edx, 28, 1), wanted)
    }
  }
})

test('caches below level 3 are shared by a core, level 3 by a socket', () => {
  for (const [name, leaf] of [
    [INTEL, 0x4],
    ['amd-epyc-pvm', 0x8000001d],
    ['amd-epyc-svm-lab', 0x8000001d],
  ] as const) {
    const plan = compiledPlan(hostFacts(name), [2, 4, 2])
    const sharers = [0, 1, 2, 3].map((subleaf) => field(answer(plan, 0, leaf, subleaf)?.eax, 14, 12) + 1)
    assert.equal(sharers, [2, 2, 2, 8], name)
  }
})

test('AMD processors carry their ids, TopologyExtensions and CmpLegacy', () => {
  const plan = compiledPlan(hostFacts('amd-epyc-svm-lab'), [2, 3, 2])
  const last = answer(plan, 11, 0x8000001e)
  assert.equal(last, { eax: 13, ebx: 0x102, ecx: 1, edx: 0 })
  assert.is(field(answer(plan, 0, 0x80000001)?.ecx, 22, 1), 1)
  assert.is(field(answer(plan, 0, 0x80000001)?.ecx, 1, 1), 1)
  assert.is(field(answer(plan, 0, 0x80000008)?.ecx, 12, 4), 3)
  assert.is(field(answer(compiledPlan(hostFacts('amd-epyc-svm-lab'), 1), 0, 0x80000001)?.ecx, 1, 1), 0)
})

test('AMD caches come from the older leaves when the host has no 0x8000001D', () => {
  const facts = hostFacts('amd-epyc-pvm')
  const known = facts.cpuid.filter(({ leaf }) => leaf === '0x8000001d')
  facts.cpuid = facts.cpuid.filter(({ leaf }) => Number(leaf) < 0x80000009)
  const extended = facts.cpuid.find(({ leaf }) => leaf === '0x80000000')
  if (extended) extended.eax = '0x80000008'
  const plan = compiledPlan(facts, [1, 4, 2])
  assert.is(answer(plan, 0, 0x80000000)?.eax, 0x8000001e)
  for (const subleaf of [0, 1, 2]) {
    const cache = answer(plan, 0, 0x8000001d, subleaf)
    assert.is(cache?.ebx, Number(known[subleaf]?.ebx), `ways and line of cache ${subleaf}`)
    assert.is(cache?.ecx, Number(known[subleaf]?.ecx), `sets of cache ${subleaf}`)
    assert.is(field(cache?.eax, 0, 9), field(Number(known[subleaf]?.eax), 0, 9), `type and level of cache ${subleaf}`)
    assert.is(field(cache?.eax, 14, 12), 1)
  }
})

test('leaf 0xB is inserted, and the highest leaf raised, when the host has neither', () => {
  const facts = hostFacts('amd-epyc-svm-lab')
  facts.cpuid = facts.cpuid.filter(({ leaf }) => leaf !== '0xb' && leaf !== '0xd')
  const highest = facts.cpuid.find(({ leaf }) => leaf === '0x0')
  if (highest) highest.eax = '0x7'
  const plan = compiledPlan(facts, 2)
  assert.is(answer(plan, 1, 0x0)?.eax, 0xb)
  assert.equal(answer(plan, 1, 0xb, 1), { eax: 1, ebx: 2, ecx: 0x201, edx: 1 })
  assert.equal(answer(plan, 1, 0xb, 2), { eax: 0, ebx: 0, ecx: 2, edx: 1 })
  assert.is(answer(plan, 1, 0x1f), undefined)
})

test('only leaves that differ between processors are theirs, and none of them is shared as well', () => {
  for (const [name, own] of [
    [INTEL, ['0x1', '0xb', '0x1f']],
    ['amd-epyc-pvm', ['0x1', '0xb', '0x8000001e']],
  ] as const) {
    const plan = compiledPlan(hostFacts(name), 4)
    for (const vcpu of plan.vcpus) assert.equal([...new Set(vcpu.cpuid.map(({ leaf }) => leaf))], own)
    for (const { leaf } of plan.cpuid) assert.not.ok((own as readonly string[]).includes(leaf))
  }
})

test.run()
