// How a change is put into words.
import * as assert from 'uvu/assert'
import type { BootPlan } from '../../src/plan/boot-plan.gen.ts'
import { explainChange } from '../../src/run/explain-change.ts'
import { suite } from '../suite.ts'

const test = suite('explaining a change')

const plan = {
  name: 'web',
  files: [{ id: 'kernel', size: 1, sha256: 'aa' }],
  memory: [{ gpa: '0x0', size: 4096 }],
} as unknown as BootPlan

test('names each field of the manifest with both values', () => {
  const before = { manifest: { vcpus: { count: 2 }, labels: { a: '1' }, memoryBytes: 1 }, plan }
  const after = { manifest: { vcpus: { count: 4 }, labels: { b: '1' }, memoryBytes: 1 }, plan }
  assert.equal(explainChange(before, after), ['labels.a: "1" → none', 'labels.b: none → "1"', 'vcpus.count: 2 → 4'])
})

test('names each disk that changed, came or went, and their order', () => {
  const of = (...disks: object[]) => ({ manifest: { disks }, plan })
  const [root, data] = [{ name: 'root', path: './a', readOnly: false }, { name: 'data', path: './d', readOnly: false }] // prettier-ignore
  assert.equal(explainChange(of(root, data), of({ ...root, path: './b' }, data)), ['disks.root.path: "./a" → "./b"'])
  assert.equal(explainChange(of(root), of(root, data)), ['disks: root → root, data'])
  assert.equal(explainChange(of(root), of()), ['disks: root → none'])
  assert.equal(explainChange(of(root, data), of(data, { ...root, readOnly: true })), [
    'disks: root, data → data, root',
    'disks.root.readOnly: false → true',
  ])
  assert.equal(explainChange({ manifest: { a: [1] }, plan }, { manifest: { a: [2] }, plan }), ['a: [1] → [2]'])
})

test('names a file whose content changed under the same manifest', () => {
  const changed = { ...plan, files: [{ id: 'kernel', size: 1, sha256: 'bb' }] }
  assert.equal(explainChange({ manifest: {}, plan }, { manifest: {}, plan: changed }), ['kernel: its content'])
})

test('names the part of the plan when neither manifest nor files changed', () => {
  const changed = { ...plan, memory: [] } as unknown as BootPlan
  assert.equal(explainChange({ manifest: {}, plan }, { manifest: {}, plan: changed }), ['boot plan: memory'])
})

test('compares plans where one of the two came without a manifest', () => {
  const changed = { ...plan, memory: [] } as unknown as BootPlan
  assert.equal(explainChange({ manifest: null, plan }, { manifest: { a: 1 }, plan: changed }), ['boot plan: memory'])
})

test('says nothing where nothing differs', () => {
  assert.equal(explainChange({ manifest: { a: [1] }, plan }, { manifest: { a: [1] }, plan }), [])
  assert.equal(explainChange({ manifest: null, plan: undefined }, { manifest: null, plan }), [])
})

test.run()
