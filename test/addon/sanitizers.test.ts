// The engine under AddressSanitizer with UndefinedBehaviorSanitizer, and under ThreadSanitizer, each in its own build.
// timeout: 1800 s
import { accessSync, constants } from 'node:fs'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { buildTests, runTests, type Preset } from './doctest-run.ts'

const test = suite('engine under sanitizers')

const sanitizers: { preset: Preset; title: string; environment: Record<string, string> }[] = [
  {
    preset: 'asan',
    title: 'ASan and UBSan',
    environment: { ASAN_OPTIONS: 'detect_leaks=1', UBSAN_OPTIONS: 'print_stacktrace=1' },
  },
  { preset: 'tsan', title: 'TSan', environment: { TSAN_OPTIONS: 'halt_on_error=0' } },
]

/** Whole lives of machines: four processors, stop from another thread, a failure at every step of the construction. */
const kvmSuites = ['engine/machine', 'engine/construction', 'engine/host']
const otherSuites = [
  'base/byte_queue',
  'base/encoding',
  'bus/address_bus',
  'devices/i8042',
  'devices/uart16550',
  'engine/console',
  'engine/decode_plan',
  'engine/event',
  'engine/instruction_name',
  'kvm/decode_exit',
  'memory/guest_memory',
  'vmm/arguments',
  'vmm/descriptor_pump',
]

function reasonToSkip(): string | false {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK)
    return false
  } catch {
    return '/dev/kvm cannot be opened'
  }
}

for (const { preset, title, environment } of sanitizers) {
  const run = (suites: string[]) => {
    buildTests(preset)
    const { cases, status, stderr } = runTests(preset, suites, environment)
    assert.equal([...new Set(cases.map((result) => result.suite))].sort(), [...suites].sort(), 'every suite is there')
    const failed = cases.filter((result) => result.outcome !== 'passed')
    assert.equal(failed, [], stderr)
    assert.not.match(stderr, /Sanitizer|runtime error/)
    assert.is(status, 0, stderr)
  }
  test(`nothing is found under ${title} without a machine`, () => run(otherSuites))
  test.skipIf(reasonToSkip(), `nothing is found under ${title} in the lives of machines`, () => run(kvmSuites))
}

test.run()
