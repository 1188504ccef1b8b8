// How a change is put into words.
import * as assert from 'uvu/assert'
import type { BootPlan } from '../../src/plan/boot-plan.gen.ts'
import { explainChange, type VmVersion } from '../../src/run/explain-change.ts'
import { suite } from '../suite.ts'

const test = suite('explaining a change')

const MIB = 1024 ** 2
const plan = {
  name: 'web',
  files: [{ id: 'kernel', size: 1, sha256: 'aa' }],
  memory: [{ gpa: '0x0', size: 4096 }],
} as unknown as BootPlan

/** What people read. */
function explain(before: VmVersion, after: VmVersion): string[] {
  return explainChange(before, after).map(({ text }) => text)
}

test('names each field of the manifest with both values', () => {
  const simple = { count: 2, sockets: 1, cores: 2, threads: 1 }
  const sockets = { count: 4, sockets: 2, cores: 2, threads: 1 }
  const before = { manifest: { vcpus: simple, labels: { a: 'x' }, memoryBytes: 64 * MIB }, plan }
  const after = { manifest: { vcpus: sockets, labels: { b: '1' }, memoryBytes: 1024 * MIB }, plan }
  assert.equal(explain(before, after), [
    'memory: 64MiB → 1GiB',
    'metadata.labels.a: x → none',
    'metadata.labels.b: none → "1"',
    'vcpus: 2 → { count: 4, sockets: 2, cores: 2, threads: 1 }',
  ])
})

test('names each disk that changed, came or went, and their order', () => {
  const of = (...disks: object[]) => ({ manifest: { disks }, plan })
  const [root, data] = [{ name: 'root', path: './a', readOnly: false }, { name: 'data', path: './d', readOnly: false }] // prettier-ignore
  assert.equal(explain(of(root, data), of({ ...root, path: './b' }, data)), ['disks.root.path: ./a → ./b'])
  assert.equal(explain(of(root), of(root, data)), ['disks: root → root, data'])
  assert.equal(explain(of(root), of()), ['disks: root → none'])
  assert.equal(explain(of(root, data), of(data, { ...root, readOnly: true })), [
    'disks: root, data → data, root',
    'disks.root.readOnly: false → true',
  ])
  assert.equal(explain({ manifest: { disks: [1] }, plan }, { manifest: { disks: [2] }, plan }), ['disks: 1 → 2'])
})

test('names what a template says where its name is the same', () => {
  const of = (template: string, rules: string[]) => ({ manifest: { cpu: { template, features: {}, rules } }, plan })
  assert.equal(explain(of('./a', []), of('./a', ['sse2'])), ['cpu.template: its content'])
  assert.equal(explain(of('./a', []), of('./b', ['sse2'])), ['cpu.template: ./a → ./b'])
})

test('says limits, durations and lists of vCPUs in the units of the manifest', () => {
  const of = (perSecond: number, stopTimeoutMs: number, vcpus: number[]) => {
    const disks = [
      { name: 'root', rateLimit: { bandwidth: { perSecond, burst: 2 * MIB }, ops: { perSecond: 5, burst: 9 } } },
    ]
    return { manifest: { disks, stopTimeoutMs, numa: [{ vcpus, memoryBytes: MIB }] }, plan }
  }
  assert.equal(explain(of(MIB, 500, [0, 1, 2, 4]), of(2 * MIB, 60_000, [7])), [
    'disks.root.rateLimit.bandwidth: { rate: 1MiB/s, burst: 2MiB } → 2MiB/s',
    'numa[0].vcpus: "0-2,4" → "7"',
    'stopTimeout: 500ms → 1m',
  ])
})

test('names a file whose content changed under the same manifest', () => {
  const changed = { ...plan, files: [{ id: 'kernel', size: 1, sha256: 'bb' }] }
  assert.equal(explain({ manifest: {}, plan }, { manifest: {}, plan: changed }), ['kernel: its content'])
})

test('names the part of the plan when neither manifest nor files changed', () => {
  const changed = { ...plan, memory: [] } as unknown as BootPlan
  assert.equal(explain({ manifest: {}, plan }, { manifest: {}, plan: changed }), ['boot plan: memory'])
})

test('compares plans where one of the two came without a manifest', () => {
  const changed = { ...plan, memory: [] } as unknown as BootPlan
  assert.equal(explain({ manifest: null, plan }, { manifest: { a: 1 }, plan: changed }), ['boot plan: memory'])
})

test('says nothing where nothing differs', () => {
  assert.equal(explain({ manifest: { a: [1] }, plan }, { manifest: { a: [1] }, plan }), [])
  assert.equal(explain({ manifest: null, plan: undefined }, { manifest: null, plan }), [])
})

test.run()
