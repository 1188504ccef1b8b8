import { execFileSync } from 'node:child_process'
import * as assert from 'uvu/assert'
import { canonicalJson, planDigest } from '../../src/plan/digest.ts'
import { suite } from '../suite.ts'

const test = suite('digest')

test('keys are sorted by UTF-16 code unit, without white space, at every depth', () => {
  // U+1F600 starts with a surrogate (0xD83D), which sorts before U+FFFF.
  assert.is(
    canonicalJson({ b: [1, { z: null, a: true }], a: 'é\n', '\uffff': 1, '😀': 2 }),
    '{"a":"é\\n","b":[1,{"a":true,"z":null}],"😀":2,"\uffff":1}',
  )
})

test('members that are undefined are left out', () => {
  assert.is(canonicalJson({ a: undefined, b: 1 }), '{"b":1}')
})

test('numbers that are not exact integers are refused', () => {
  for (const value of [0.5, Number.NaN, Infinity, 2 ** 53])
    assert.throws(
      () => canonicalJson([value]),
      (e: unknown) => e instanceof TypeError,
    )
})

test('values without a JSON form are refused', () => {
  for (const value of [1n, () => 1, Symbol('x'), [undefined]])
    assert.throws(
      () => canonicalJson(value),
      (e: unknown) => e instanceof TypeError,
    )
})

test('the digest is what sha256sum gives for the canonical bytes', () => {
  const plan = { b: 1, a: ['x'] }
  const expected = execFileSync('sha256sum', { input: '{"a":["x"],"b":1}', encoding: 'utf8' }).slice(0, 64)
  assert.is(planDigest(plan), `sha256:${expected}`)
})

test('the digest does not depend on the order of keys', () => {
  assert.is(planDigest({ a: 1, b: { c: 2, d: 3 } }), planDigest({ b: { d: 3, c: 2 }, a: 1 }))
})

test.run()
