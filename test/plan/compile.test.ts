import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import * as assert from 'uvu/assert'
import { compile, type CompileInput } from '../../src/plan/compile.ts'
import { planDigest } from '../../src/plan/digest.ts'
import { suite } from '../suite.ts'
import { GOLDEN_FILE, helloPlanFile } from './golden/hello-plan.ts'
import { compiledPlan } from './support/guest-cpuid.ts'
import { hostFacts, HOSTS } from './support/host-facts.ts'
import { bzImage, elfImage, machineSpec, MIB } from './support/images.ts'

const test = suite('compile')

const schema = (name: string): object =>
  JSON.parse(readFileSync(new URL(`../../schema/${name}.schema.json`, import.meta.url), 'utf8')) as object

function digestOf(input: CompileInput): string {
  const result = compile(input)
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'))
  return planDigest(result.plan)
}

test('the plan of hello with 4 vCPUs is the golden one', () => {
  // Written anew by `npx tsx test/plan/golden/hello-plan.ts --write`.
  assert.fixture(helloPlanFile(), readFileSync(GOLDEN_FILE, 'utf8'))
})

test('every plan conforms to the schema, and every fixture to the schema of host facts', () => {
  const isPlan = new Ajv({ strictTypes: false, discriminator: true }).compile(schema('boot-plan'))
  const isFacts = new Ajv({ strictTypes: false, discriminator: true }).compile(schema('host-facts'))
  for (const name of HOSTS) {
    assert.ok(isFacts(hostFacts(name)), name)
    for (const vcpus of [1, 4, 254, [2, 3, 2]] as (number | [number, number, number])[]) {
      for (const kernel of [elfImage(), elfImage({ pvhEntry: 0x100000 }), bzImage()]) {
        const result = compile({ spec: machineSpec(vcpus, { memoryBytes: 8192 * MIB }), kernel, host: hostFacts(name) })
        assert.ok(result.ok && isPlan(result.plan), `${name}: ${JSON.stringify(isPlan.errors)}`)
      }
    }
  }
})

test('the same input gives the same digest, and leaves its input alone', () => {
  const input: CompileInput = { spec: machineSpec(4), kernel: bzImage(), host: hostFacts('amd-epyc-svm-lab') }
  const before = structuredClone(input)
  assert.is(digestOf(input), digestOf(input))
  assert.equal(input, before)
})

test('the digest covers what the guest sees and not what people write beside it', () => {
  const input = (): CompileInput => ({ spec: machineSpec(2), kernel: elfImage(), host: hostFacts('amd-epyc-pvm') })
  const base = digestOf(input())
  const changed = (change: (input: CompileInput) => unknown): boolean => {
    const other = input()
    change(other)
    return digestOf(other) !== base
  }
  assert.not.ok(changed(({ spec }) => (spec.labels = { tier: 'front' })))
  assert.not.ok(changed(({ spec }) => (spec.kernel.image = '/elsewhere/kernel')))
  assert.not.ok(changed(({ host }) => (host.note = 'another')))
  assert.ok(changed(({ spec }) => (spec.kernel.cmdline += ' quiet')))
  assert.ok(changed(({ spec }) => (spec.memoryBytes += 4096)))
  assert.ok(changed(({ spec }) => (spec.console.device = 'none')))
  assert.ok(changed(({ kernel }) => (kernel.sha256 = '0'.repeat(64))))
  assert.ok(changed(({ host }) => (host.cpu.brand = 'another')))
})

test('load items lie in memory, ascending and apart, whatever is loaded', () => {
  for (const vcpus of [1, 41, 42, 254]) {
    const plan = compiledPlan(hostFacts('amd-epyc-pvm'), vcpus)
    let end = 0
    for (const { gpa, size, label } of plan.load) {
      assert.ok(Number(gpa) >= end, label)
      end = Number(gpa) + size
    }
    assert.ok(end <= (plan.memory[0]?.size ?? 0))
  }
})

test('the console is a 16550 at COM1 with GSI 4, or nothing', () => {
  const devices = (device: 'uart' | 'none'): string[] => {
    const result = compile({
      spec: machineSpec(1, { console: { device, maxSizeBytes: 1 << 24 } }),
      kernel: elfImage(),
      host: hostFacts('amd-epyc-pvm'),
    })
    return result.ok
      ? result.plan.devices
          .filter((each) => 'ports' in each)
          .map(({ id, type, ports, gsi }) => `${id} ${type} ${ports[0]?.base} ${gsi}`)
      : []
  }
  assert.equal(devices('uart'), ['com1 uart16550 0x3f8 4', 'i8042 i8042 0x60 undefined'])
  assert.equal(devices('none'), ['i8042 i8042 0x60 undefined'])
})

test('a plan asks only for capabilities that the host facts of its compilation have', () => {
  for (const name of HOSTS) {
    const facts = hostFacts(name)
    for (const capability of compiledPlan(facts, 2).requires.capabilities)
      assert.ok(facts.kvm.capabilities.includes(capability))
  }
})

test.run()
