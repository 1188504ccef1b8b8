import * as assert from 'uvu/assert'
import type { BootPlan, PortDevice } from '../../src/plan/boot-plan.gen.ts'
import { compile } from '../../src/plan/compile.ts'
import { planDigest } from '../../src/plan/digest.ts'
import { formatPlanFile, parsePlanFile, type PlanEnvelope } from '../../src/plan/plan-file.ts'
import { VoltError } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'
import { hostFacts, HOSTS } from './support/host-facts.ts'
import { bzImage, elfImage, machineSpec, MIB } from './support/images.ts'

const test = suite('plan file')

const GIB = 1024 * MIB

function envelope(edit?: (plan: BootPlan) => void): PlanEnvelope {
  const spec = machineSpec(2, { memoryBytes: 4 * GIB })
  const initrd = { size: 100, sha256: 'ef'.repeat(32) }
  const result = compile({ spec, kernel: elfImage(), initrd, host: hostFacts('amd-epyc-pvm') })
  if (!result.ok) throw new Error('the plan does not compile')
  edit?.(result.plan)
  return {
    formatVersion: 1,
    digest: planDigest(result.plan),
    sources: { kernel: '/k', initrd: '/i' },
    plan: result.plan,
  }
}

/** The message of the refusal. */
function refusal(text: string): string {
  try {
    parsePlanFile(text)
  } catch (error) {
    assert.instance(error, VoltError)
    assert.is((error as VoltError).code, 'PLAN_INVALID')
    return (error as VoltError).message
  }
  return 'accepted'
}

/** As if someone had edited the plan and mended its digest. */
const refusalOfEdit = (edit: (plan: BootPlan) => void): string => refusal(formatPlanFile(envelope(edit)))

const first = <T>(list: readonly T[]): T => list[0] as T
const firstPort = (plan: BootPlan, device: number): PortDevice['ports'][number] =>
  first((plan.devices[device] as PortDevice).ports)
const labelled = (plan: BootPlan, label: string) =>
  plan.load.find((item) => item.label === label) as BootPlan['load'][number]

test('what is written is read back, for every host and kernel', () => {
  for (const name of HOSTS) {
    for (const kernel of [elfImage(), elfImage({ pvhEntry: 0x100000 }), bzImage()]) {
      const result = compile({ spec: machineSpec([2, 3, 2]), kernel, host: hostFacts(name) })
      if (!result.ok) throw new Error('the plan does not compile')
      const saved: PlanEnvelope = {
        formatVersion: 1,
        digest: planDigest(result.plan),
        sources: { kernel: '/k' },
        plan: result.plan,
      }
      assert.equal(parsePlanFile(formatPlanFile(saved)), saved)
    }
  }
})

test('a saved plan reads well: a leaf, a segment or a device on a line', () => {
  const lines = formatPlanFile(envelope()).split('\n')
  assert.ok(lines.some((line) => /^ {6}\{ "leaf": "0x0", .*"edx": "0x\w+" \},$/.test(line)))
  assert.ok(
    lines.some((line) =>
      line.includes('{ "id": "com1", "type": "uart16550", "ports": [{ "base": "0x3f8", "size": 8 }], "gsi": 4 }'),
    ),
  )
  assert.is(lines.at(-1), '')
})

test('a plan edited by hand is refused by its digest', () => {
  const saved = envelope()
  saved.plan.boot.registers.rip = '0x100004'
  assert.match(refusal(formatPlanFile(saved)), /\/digest is not that of the plan/)
})

for (const [what, pointer, edit] of [
  [
    'memory regions that overlap',
    '/plan/memory/1 overlaps memory region 0',
    (plan) => (first(plan.memory).size = 5 * GIB),
  ],
  [
    'memory that is not made of pages',
    '/plan/memory/0 is not made of whole pages',
    (plan) => (first(plan.memory).size = 5000),
  ],
  ['memory out of order', '/plan/memory/1 is not in ascending order', (plan) => plan.memory.reverse()],
  [
    'a generation id off its boundary',
    '/plan/generationId is not a multiple of 8',
    (plan) => (plan.generationId = '0xe0034'),
  ],
  [
    'a generation id outside memory',
    '/plan/generationId does not lie in one memory region',
    (plan) => (plan.generationId = '0xd0000000'),
  ],
  ['a generation id in a table', '/plan/generationId overlaps cmdline', (plan) => (plan.generationId = '0x20000')],
  ['memory without a byte', '/plan/memory/1/size is zero', (plan) => ((plan.memory[1] ?? first(plan.memory)).size = 0)],
  ["memory under KVM's pages", '/plan/interrupts/tss overlaps', (plan) => (plan.interrupts.tss = '0x10000')],
  [
    "KVM's pages on each other",
    '/plan/interrupts/identityMap overlaps',
    (plan) => (plan.interrupts.tss = plan.interrupts.identityMap),
  ],
  [
    'load extents that overlap',
    'overlaps',
    (plan) => (labelled(plan, 'cmdline').gpa = labelled(plan, 'zero-page').gpa),
  ],
  [
    'a load extent outside of memory',
    '(initrd) does not lie in one memory region',
    (plan) => (labelled(plan, 'initrd').gpa = '0xd0000000'),
  ],
  [
    'a load extent across the hole',
    '(initrd) does not lie in one memory region',
    (plan) => (labelled(plan, 'initrd').gpa = '0xbfffffff'),
  ],
  [
    'an address that wraps around',
    '(initrd) does not lie in one memory region',
    (plan) => (labelled(plan, 'initrd').gpa = '0xffffffffffffffff'),
  ],
  ['more data than the extent holds', '/from/data holds', (plan) => (labelled(plan, 'gdt').size = 3)],
  ['a file that is not listed', 'names disk', (plan) => Object.assign(labelled(plan, 'initrd').from, { file: 'disk' })],
  [
    'a read past the end of a file',
    'reads past the end of initrd',
    (plan) => Object.assign(labelled(plan, 'initrd').from, { offset: 1 }),
  ],
  ['more of a file than the extent holds', '/from/size is more than', (plan) => (labelled(plan, 'initrd').size = 99)],
  ['labels that repeat', '/label repeats', (plan) => (labelled(plan, 'gdt').label = 'cmdline')],
  [
    'ports that overlap',
    '/plan/devices/1/ports/0 overlaps ports of com1',
    (plan) => Object.assign(firstPort(plan, 1), { base: '0x3ff' }),
  ],
  ["ports on KVM's PIT", "overlaps KVM's PIT", (plan) => Object.assign(firstPort(plan, 1), { base: '0x61' })],
  ['ports beyond the last', 'goes beyond port 0xffff', (plan) => Object.assign(firstPort(plan, 0), { base: '0xfff9' })],
  [
    'devices of one name',
    '/plan/devices/1/id repeats com1',
    (plan) => Object.assign(plan.devices[1] ?? {}, { id: 'com1' }),
  ],
  [
    'APIC ids that repeat',
    '/plan/vcpus/1/apicId repeats 0',
    (plan) => Object.assign(plan.vcpus[1] ?? {}, { apicId: 0 }),
  ],
  [
    'CPUID leaves that repeat',
    '/plan/cpuid/1 repeats a leaf',
    (plan) => plan.cpuid.splice(1, 0, { ...first(plan.cpuid) }),
  ],
  ['CPUID registers beyond 32 bits', '/eax is above 0xffffffff', (plan) => (first(plan.cpuid).eax = '0x100000000')],
  [
    'more CPUID leaves than KVM takes',
    'and KVM takes 256',
    (plan) =>
      Array.from({ length: 250 }, (_, i) =>
        plan.cpuid.push({ ...first(plan.cpuid), leaf: `0x${(0x50000000 + i).toString(16)}` }),
      ),
  ],
  ['MSRs that repeat', '/index repeats 0x174', (plan) => plan.msrs.push({ index: '0x174', value: '0x0' })],
  [
    'a selector beyond 16 bits',
    '/plan/boot/segments/cs/selector is above 0xffff',
    (plan) => (plan.boot.segments.cs.selector = '0x10000'),
  ],
  ['an unknown key', '/plan must NOT have additional properties (extra)', (plan) => Object.assign(plan, { extra: 1 })],
  [
    'an address with upper-case digits',
    '/plan/boot/registers/rip must match pattern',
    (plan) => (plan.boot.registers.rip = '0xAB'),
  ],
  ['the broadcast id', '/plan/vcpus/1/apicId', (plan) => Object.assign(plan.vcpus[1] ?? {}, { apicId: 255 })],
  [
    'data that is not base64',
    '/from/data must match pattern',
    (plan) => Object.assign(labelled(plan, 'gdt').from, { data: 'AA=' }),
  ],
] as [string, string, (plan: BootPlan) => unknown][]) {
  test(`refuses ${what} and says where`, () => {
    const message = refusalOfEdit((plan) => void edit(plan))
    assert.ok(message.includes(pointer), message)
  })
}

test('refuses what is no envelope', () => {
  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '{}',
    '"plan"',
    JSON.stringify({ ...envelope(), formatVersion: 2 }),
    JSON.stringify({ ...envelope(), more: 1 }),
  ]) {
    assert.match(refusal(text), /this is not a usable plan/)
  }
})

test('refuses files without a source and sources without a file', () => {
  assert.match(
    refusal(formatPlanFile({ ...envelope(), sources: { kernel: '/k' } })),
    /\/sources does not say where initrd is/,
  )
  assert.match(
    refusal(formatPlanFile({ ...envelope(), sources: { kernel: '/k', initrd: '/i', disk: '/d' } })),
    /\/sources\/disk is not a file/,
  )
})

test('refuses hostile sizes in bounded time', () => {
  const many = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item)
  const edited = (edit: (plan: BootPlan) => void): string => JSON.stringify(envelope(edit))
  const cases: [what: string, text: string][] = [
    ['a long text', 'x'.repeat(17 * MIB)],
    ['deep nesting', '['.repeat(4 * MIB)],
    ['a long string', edited((plan) => Object.assign(labelled(plan, 'gdt').from, { data: 'A'.repeat(15 * MIB) }))],
    ['many regions', edited((plan) => (plan.memory = many(200000, first(plan.memory))))],
    ['many items', edited((plan) => (plan.load = many(80000, labelled(plan, 'gdt'))))],
    ['many leaves', edited((plan) => (plan.cpuid = many(100000, first(plan.cpuid))))],
    [
      'many ports',
      edited((plan) => Object.assign(first(plan.devices), { ports: many(200000, { base: '0x3f8', size: 8 }) })),
    ],
  ]
  for (const [what, text] of cases) {
    const started = performance.now()
    assert.match(refusal(text), /this is not a usable plan/, what)
    // Some tens of milliseconds as a rule: the bound catches what grows with the square.
    const elapsed = performance.now() - started
    assert.ok(elapsed < 5000, `${what}: ${elapsed} ms`)
  }
})

test.run()
