// The assertions about guests of ACPI, without the lab: what a right guest prints, and every line of it altered, lost or doubled.
import * as assert from 'uvu/assert'
import { createHash } from 'node:crypto'
import type { BootPlan } from '../../src/plan/boot-plan.gen.ts'
import { suite } from '../suite.ts'
import type { AcpiGuest } from './acpi-guests.ts'
import { checkGuestFacts } from './assert-guest-facts.ts'

const guest: AcpiGuest = {
  name: 'facts',
  image: 'vmlinuz',
  sockets: 2,
  cores: 3,
  threads: 2,
  numa: [
    { vcpus: '0-5', memory: '96MiB', distances: [10, 21] },
    { vcpus: '6-11', memory: '64MiB', distances: [21, 10] },
  ],
}

const sha256 = (bytes: number[]) => createHash('sha256').update(Buffer.from(bytes)).digest('hex')
const load = [
  { label: 'acpi.madt', gpa: '0xe0100', size: 4, from: { data: Buffer.from([1, 2]).toString('base64') } },
  { label: 'acpi.slit', gpa: '0xe0200', size: 1, from: { data: Buffer.from([3]).toString('base64') } },
]
const plan = { load } as unknown as BootPlan

const processors = Array.from({ length: 12 }, (_, index) => {
  const first = index - (index % 2)
  return `cpu${index} package ${index < 6 ? 0 : 1} core ${(first / 2) % 3} threads ${first}-${first + 1}`
})
/** `Socket(s): 2` as lscpu writes it in JSON. */
function fieldOf(line: string): { field: string; data: string } {
  const [field = '', data = ''] = line.split(': ')
  return { field: `${field}:`, data }
}

const facts = [
  // The plan leaves trailing zeros out; the guest sees them.
  `APIC ${sha256([1, 2, 0, 0])}`,
  `SLIT ${sha256([3])}`,
  ...processors,
  'node0 cpus 0-5 distances 10 21',
  'node0 memory 60000 kB',
  'node1 cpus 6-11 distances 21 10',
  'node1 memory 65536 kB',
  '12 processors',
  `lscpu ${JSON.stringify({
    lscpu: [
      { field: 'CPU(s):', data: '12' },
      {
        field: 'Vendor ID:',
        data: 'AuthenticAMD',
        children: ['Thread(s) per core: 2', 'Core(s) per socket: 3', 'Socket(s): 2'].map(fieldOf),
      },
      {
        field: 'NUMA:',
        data: null,
        children: ['NUMA node(s): 2', 'NUMA node0 CPU(s): 0-5', 'NUMA node1 CPU(s): 6-11'].map(fieldOf),
      },
    ],
  })}`,
]
const logOf = (lines: string[]) => ['Linux', ...lines.map((line) => `volt-lab: ${line}`), 'reboot'].join('\r\n')
const check = (lines: string[]) => checkGuestFacts(logOf(lines), guest, plan)

const test = suite('lab: checkGuestFacts')

test('finds nothing wrong with a guest that prints what its plan says, in any order', () => {
  assert.equal(check(facts), [])
  assert.equal(check([...facts].reverse()), [])
})

test('notices each line that is missing', () => {
  for (const line of facts) assert.ok(check(facts.filter((other) => other !== line)).length > 0, line)
})

test('notices each number of each line when it is altered', () => {
  for (const line of facts.filter((each) => !each.includes('memory'))) {
    for (const { index, 0: digit } of line.matchAll(/\d/g)) {
      const altered = `${line.slice(0, index)}${(Number(digit) + 1) % 10}${line.slice(index + 1)}`
      assert.ok(check(facts.map((other) => (other === line ? altered : other))).length > 0, altered)
    }
  }
})

test('notices a processor that is there twice, and one too many', () => {
  assert.equal(check([...facts, processors[3] ?? '']).length, 1)
  assert.equal(check([...facts, 'cpu12 package 2 core 0 threads 12-13']).length, 1)
})

test('notices a complaint of the kernel', () => {
  assert.match(check([...facts, 'fault: ACPI Error: AE_NOT_FOUND']).join(), 'fault: ACPI Error')
})

test('notices a node with more memory than it was given, or next to none', () => {
  for (const [from, to] of [
    ['65536 kB', '65537 kB'],
    ['60000 kB', '600 kB'],
  ] as const) {
    assert.equal(check(facts.map((line) => line.replace(from, to))).length, 1)
  }
})

test('notices a guest that printed nothing', () => {
  assert.ok(checkGuestFacts('', guest, plan).length > facts.length - 1)
})

test.run()
