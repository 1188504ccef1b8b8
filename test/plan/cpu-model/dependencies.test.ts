import * as assert from 'uvu/assert'
import { DEPENDENCIES, dependentsOf, needsOf } from '../../../src/plan/cpu-model/dependencies.ts'
import { FEATURES } from '../../../src/plan/cpu-model/feature-words.ts'
import { suite } from '../../suite.ts'

const test = suite('feature dependencies')

test('the table has only features that exist', () => {
  for (const [name, needs] of Object.entries(DEPENDENCIES)) {
    for (const each of [name, ...needs]) assert.ok(FEATURES.has(each), each)
  }
})

test('nothing needs itself', () => {
  for (const name of Object.keys(DEPENDENCIES)) assert.not.ok(needsOf(name).includes(name), name)
})

test('what a feature needs is found through all levels', () => {
  assert.equal(needsOf('avx512_vnni').slice(0, 5), ['avx512vl', 'avx512f', 'avx2', 'avx', 'xsave'])
  assert.ok(needsOf('avx512_vnni').includes('fpu'))
  assert.equal(needsOf('fpu'), [])
})

test('avx takes everything of 256 and 512 bits, and leaves SSE and XSAVE', () => {
  const gone = dependentsOf(['avx'])
  for (const name of ['avx2', 'fma', 'f16c', 'vaes', 'vpclmulqdq', 'avx_vnni', 'sm4'])
    assert.ok(gone.includes(name), name)
  const avx512 = [...FEATURES.keys()].filter((name) => name.startsWith('avx512'))
  assert.is(avx512.length, 18)
  for (const name of avx512) assert.ok(gone.includes(name), name)
  for (const name of ['avx', 'xsave', 'sse4_2', 'aes', 'bmi2']) assert.not.ok(gone.includes(name), name)
})

test('avx512f takes the other AVX-512 features and no more than avx10 beside them', () => {
  const gone = dependentsOf(['avx512f'])
  assert.is(gone.length, 18)
  assert.ok(gone.every((name) => name.startsWith('avx512') || name === 'avx10'))
})

test('xsave takes avx, the other forms of XSAVE, protection keys, AMX and CET', () => {
  const gone = dependentsOf(['xsave'])
  for (const name of ['avx', 'avx512f', 'xsaveopt', 'xsavec', 'xsaves', 'pku', 'amx_int8', 'shstk', 'mpx', 'xfd']) {
    assert.ok(gone.includes(name), name)
  }
})

test('a feature without dependents takes none', () => {
  assert.equal(dependentsOf(['rdrand']), [])
})

test.run()
