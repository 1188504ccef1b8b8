import * as assert from 'uvu/assert'
import type { InitrdImage, KernelImage } from '../../src/kernel/image.ts'
import type { VmSpec } from '../../src/manifest/spec.ts'
import { checkLayout } from '../../src/plan/check-layout.ts'
import { compile } from '../../src/plan/compile.ts'
import type { HostFacts } from '../../src/plan/host-facts.gen.ts'
import { suite } from '../suite.ts'
import { hostFacts } from './support/host-facts.ts'
import { bzImage, elfImage, machineSpec, MIB } from './support/images.ts'

const test = suite('plan problems')

const GIB = 1024 * MIB
const initrd = (size: number): InitrdImage => ({ size, sha256: 'ef'.repeat(32) })
const segment = (gpa: number, memorySize: number) => ({ gpa, fileOffset: 0, fileSize: 16, memorySize })
const withKernel = (changes: Partial<VmSpec['kernel']>): VmSpec =>
  machineSpec(1, { kernel: { image: './kernel', cmdline: '', protocol: 'auto', ...changes } })

/** Code and pointer of each problem; compile must say the same. */
function problemsOf(spec: VmSpec, kernel: KernelImage = elfImage(), disk?: InitrdImage): string[] {
  const problems = checkLayout(spec, kernel, disk)
  const result = compile({ spec, kernel, ...(disk ? { initrd: disk } : {}), host: hostFacts('amd-epyc-pvm') })
  assert.equal(result.ok ? [] : result.problems, problems)
  return problems.map(({ code, pointer }) => `${code} ${pointer}`)
}

test('there are none for a sound machine', () => {
  assert.equal(problemsOf(machineSpec(4)), [])
  assert.equal(problemsOf(machineSpec([2, 3, 2]), bzImage(), initrd(20 * MIB)), [])
})

test('a topology that does not make the count is V201', () => {
  const vcpus = { count: 8, sockets: 1, cores: 3, threads: 2 }
  assert.equal(problemsOf(machineSpec(1, { vcpus })), ['V201 /vcpus'])
  assert.equal(problemsOf(machineSpec(1, { vcpus: { count: 0, sockets: 0, cores: 1, threads: 1 } })), ['V201 /vcpus'])
})

test('memory that does not hold tables and kernel is V202', () => {
  assert.equal(problemsOf(machineSpec(1, { memoryBytes: 4096 })), ['V202 /memory'])
  assert.equal(problemsOf(machineSpec(1, { memoryBytes: MIB })), ['V202 /memory'])
  assert.equal(problemsOf(machineSpec(1, { memoryBytes: 4 * MIB + 1 })), ['V202 /memory'])
  assert.equal(problemsOf(machineSpec(1, { memoryBytes: 64 * MIB }), bzImage()), ['V202 /memory'])
  // prefAddress + initSize is 74 MiB.
  assert.equal(problemsOf(machineSpec(1, { memoryBytes: 74 * MIB }), bzImage()), [])
  assert.equal(problemsOf(machineSpec(1, { memoryBytes: 74 * MIB - 4096 }), bzImage()), ['V202 /memory'])
})

test('memory that does not hold kernel and initrd is V202, to the page', () => {
  assert.equal(problemsOf(machineSpec(1, { memoryBytes: 80 * MIB }), bzImage(), initrd(6 * MIB)), [])
  assert.equal(problemsOf(machineSpec(1, { memoryBytes: 80 * MIB }), bzImage(), initrd(6 * MIB + 1)), ['V202 /memory'])
})

test('an initrd that no amount of memory helps is V209', () => {
  const kernel = bzImage({ initrdAddressMax: 0x7ffffff })
  assert.equal(problemsOf(machineSpec(1, { memoryBytes: 8 * GIB }), kernel, initrd(60 * MIB)), ['V209 /kernel/initrd'])
})

test('processors beyond the MP table are V203, and fine without it', () => {
  assert.equal(problemsOf(machineSpec(254)), [])
  assert.equal(problemsOf(machineSpec(255)), ['V203 /vcpus'])
  assert.equal(problemsOf(machineSpec([100, 3, 1])), ['V203 /vcpus'])
  assert.equal(problemsOf(machineSpec(300, { firmware: { mptable: false, acpi: false } })), [])
})

test('a command line that is too long or holds a NUL is V205', () => {
  assert.equal(problemsOf(withKernel({ cmdline: 'x'.repeat(2047) })), [])
  assert.equal(problemsOf(withKernel({ cmdline: 'x'.repeat(2048) })), ['V205 /kernel/cmdline'])
  assert.equal(problemsOf(withKernel({ cmdline: 'ü'.repeat(1024) })), ['V205 /kernel/cmdline'])
  assert.equal(problemsOf(withKernel({ cmdline: 'x'.repeat(256) }), bzImage({ cmdlineMax: 255 })), [
    'V205 /kernel/cmdline',
  ])
  assert.equal(problemsOf(withKernel({ cmdline: 'a\0b' })), ['V205 /kernel/cmdline'])
})

test('a protocol that the image does not offer is V206', () => {
  assert.equal(problemsOf(withKernel({ protocol: 'pvh' })), ['V206 /kernel/protocol'])
  assert.equal(problemsOf(withKernel({ protocol: 'pvh' }), bzImage()), ['V206 /kernel/protocol'])
  assert.equal(problemsOf(withKernel({ protocol: 'linux64' }), bzImage({ entry64: false })), ['V206 /kernel/protocol'])
  assert.equal(problemsOf(withKernel({}), bzImage({ entry64: false })), ['V206 /kernel/image'])
})

test('a kernel above what the 64-bit entry maps is V206, and fine by PVH', () => {
  const high = elfImage({ entry: GIB, segments: [segment(GIB, 4096)], pvhEntry: GIB })
  assert.equal(problemsOf({ ...withKernel({ protocol: 'linux64' }), memoryBytes: 2 * GIB }, high), [
    'V206 /kernel/image',
  ])
  assert.equal(problemsOf({ ...withKernel({}), memoryBytes: 2 * GIB }, high), [])
})

test('segments below 1 MiB, overlapping, in the hole or without the entry are V208', () => {
  for (const segments of [
    [],
    [segment(0x9f000, 4096)],
    [segment(0x100000, 0x2000), segment(0x101fff, 0x1000)],
    [segment(0x200000, 0x1000)],
  ]) {
    assert.equal(problemsOf(machineSpec(1), elfImage({ segments })), ['V208 /kernel/image'])
  }
  const inHole = elfImage({ entry: 0xc0000000, segments: [segment(0xc0000000, 4096)] })
  assert.equal(problemsOf(machineSpec(1, { memoryBytes: 8 * GIB }), inHole), ['V208 /kernel/image'])
})

test('problems that do not hang together are all reported', () => {
  const spec = machineSpec(255, {
    memoryBytes: 4096,
    kernel: { image: 'k', cmdline: 'x'.repeat(5000), protocol: 'pvh' },
  })
  assert.equal(problemsOf(spec), ['V202 /memory', 'V206 /kernel/protocol', 'V205 /kernel/cmdline', 'V203 /vcpus'])
})

function hostProblems(spec: VmSpec, change: (facts: HostFacts) => void): string[] {
  const host = hostFacts('amd-epyc-pvm')
  change(host)
  const result = compile({ spec, kernel: elfImage(), host })
  return result.ok ? [] : result.problems.map(({ code, pointer }) => `${code} ${pointer}`)
}

test('more vCPUs, or higher ids, than the host allows are V204', () => {
  assert.equal(
    hostProblems(machineSpec(5), ({ kvm }) => void (kvm.maxVcpus = 4)),
    ['V204 /vcpus'],
  )
  assert.equal(
    hostProblems(machineSpec(4), ({ kvm }) => void (kvm.maxVcpus = 4)),
    [],
  )
  assert.equal(
    hostProblems(machineSpec([2, 3, 1]), ({ kvm }) => void (kvm.maxVcpuId = 6)),
    ['V204 /vcpus'],
  )
  assert.equal(
    hostProblems(machineSpec([2, 3, 1]), ({ kvm }) => void (kvm.maxVcpuId = 7)),
    [],
  )
})

test('memory beyond the addresses of the host is V207', () => {
  const none = (): void => undefined
  // 48 bits; one GiB of the addresses is the hole.
  assert.equal(hostProblems(machineSpec(1, { memoryBytes: 2 ** 48 - GIB }), none), [])
  assert.equal(hostProblems(machineSpec(1, { memoryBytes: 2 ** 48 }), none), ['V207 /memory'])
})

test.run()
