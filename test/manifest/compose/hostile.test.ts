// Compositions that multiply, nest or go in circles are answered soon, and random damage ends in diagnostics.
import * as assert from 'uvu/assert'
import { suite } from '../../suite.ts'
import { brief, HEADER, loadFiles, problemsOf, WHOLE } from './support.ts'

const test = suite('hostile compositions')

function chain(length: number): Record<string, string> {
  const files: Record<string, string> = { 'vm.yaml': `${WHOLE}extends: b0.yaml\n` }
  for (let link = 0; link < length; link++) files[`b${link}.yaml`] = `${HEADER}extends: b${link + 1}.yaml\n`
  files[`b${length}.yaml`] = HEADER
  return files
}

test('eight manifests below one another are enough for everybody', async () => {
  assert.equal(await problemsOf(chain(7)), [])
  assert.equal((await problemsOf(chain(8))).map((line) => line.slice(0, 12)), ['V041 b7.yaml']) // prettier-ignore
})

test('a tree that doubles at each level is read file by file, not path by path', async () => {
  const files: Record<string, string> = { 'vm.yaml': `${WHOLE}extends: [a0.yaml, b0.yaml]\n` }
  for (let level = 0; level < 7; level++) {
    for (const side of ['a', 'b']) {
      files[`${side}${level}.yaml`] = `${HEADER}extends: [a${level + 1}.yaml, b${level + 1}.yaml]\n`
    }
  }
  Object.assign(files, { 'a7.yaml': HEADER, 'b7.yaml': HEADER })
  assert.equal(await problemsOf(files), [])
})

test('many documents over many large bases are refused, and soon', async () => {
  const keys = (side: number) => Array.from({ length: 4000 }, (_, key) => `k${side}x${key}: 1\n`).join('')
  const files: Record<string, string> = {}
  for (let side = 0; side < 16; side++) files[`b${side}.yaml`] = HEADER + keys(side)
  const list = Object.keys(files).join(', ')
  files['vm.yaml'] = Array.from({ length: 200 }, () => `${WHOLE}extends: [${list}]\n`).join('---\n')
  const codes = (await loadFiles(files)).diagnostics.map(({ code }) => code)
  assert.equal([...new Set(codes)], ['V008'])
})

test('aliases that multiply in a base or in values are refused there', async () => {
  const bomb = Array.from({ length: 9 }, (_, level) => `l${level}: &l${level} [${Array(9).fill(level === 0 ? 'x' : `*l${level - 1}`).join(', ')}]\n`).join('') // prettier-ignore
  const base = await loadFiles({ 'b.yaml': HEADER + bomb, 'vm.yaml': `${WHOLE}extends: b.yaml\n` })
  assert.equal(base.diagnostics.map(({ code, file }) => [code, file]), [['V008', 'b.yaml']]) // prettier-ignore
  const values = await loadFiles({ 'v.yaml': bomb, 'vm.yaml': WHOLE }, { varFiles: ['v.yaml'] })
  assert.equal(values.diagnostics.map(({ code, file }) => [code, file]), [['V008', 'v.yaml']]) // prettier-ignore
})

test('a base that is nested without end, no text, or a device is refused at the reference', async () => {
  for (const content of ['['.repeat(10_000), 'a\0b', '\n'.repeat(1_000_000)]) {
    assert.equal(await problemsOf({ 'b.yaml': content, 'vm.yaml': `${WHOLE}extends: b.yaml\n` }), ['V040 vm.yaml:5:10 /extends']) // prettier-ignore
  }
  assert.equal(await problemsOf({ 'vm.yaml': `${WHOLE}extends: /dev/zero\n` }), ['V040 vm.yaml:5:10 /extends'])
})

test('a string of references of a megabyte is answered', async () => {
  const { diagnostics } = await loadFiles({ 'vm.yaml': `${WHOLE}readiness: { console: "${'${var.x}'.repeat(100_000)}" }\n` }) // prettier-ignore
  assert.ok(diagnostics.length > 0 && diagnostics.length <= 50)
})

test('a variable that is put in many times makes no text without end', async () => {
  const value = 'x'.repeat(4000)
  const text = `${WHOLE}vars: { x: { default: ${value} } }\nreadiness: { console: "${'${var.x}'.repeat(100)}" }\n`
  assert.equal(await problemsOf({ 'vm.yaml': text }), ['V007 vm.yaml:6:23 /readiness/console'])
})

test('a megabyte of references to a long value is refused before it is text', async () => {
  const text = `${WHOLE}vars: { x: { default: ${'x'.repeat(4000)} } }\nreadiness: { console: "${'${var.x}'.repeat(100_000)}" }\n`
  assert.equal((await problemsOf({ 'vm.yaml': text })).map((line) => line.slice(0, 4)), ['V008', 'V007']) // prettier-ignore
})

test('names that objects of JavaScript have are names like others', async () => {
  const text = `${WHOLE}extends: b.yaml\nmetadata: { name: vm, labels: { a: "\${var.constructor}" } }\n`
  const files = { 'b.yaml': `${HEADER}__proto__: { polluted: 1 }\n`, 'vm.yaml': text }
  assert.equal(await problemsOf(files), ['V002 vm.yaml:6:1 /metadata', 'V005 b.yaml:3:1 /__proto__'])
  assert.is(({} as Record<string, unknown>)['polluted'], undefined)
  const undeclared = text.replace('metadata: { name: vm }\n', '')
  assert.equal(await problemsOf({ 'b.yaml': HEADER, 'vm.yaml': undeclared }), ['V043 vm.yaml:5:36 /metadata/labels/a'])
})

const PARTS = ['extends: b.yaml\n', 'extends: [b.yaml, c.yaml]\n', 'vars: { n: { type: number, default: 2 } }\n', 'vcpus: ${var.n}\n', 'memory: null\n', 'disks: [{ name: a, remove: true }]\n', 'disks: null\n', 'abstract: true\n', 'vars: null\n', 'extends:\n', 'kernel: ${var.n}\n', 'disks: [{ name: "${var.n}", path: x }]\n', 'metadata: [a]\n', 'vars: { n: null }\n', '- x\n', '...\n', '---\n'] // prettier-ignore

test('300 files of random parts give machines or diagnostics with places that exist', async () => {
  let state = 20_261_123
  const random = (limit: number): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
  const make = (head: string) => head + Array.from({ length: random(4) }, () => PARTS[random(PARTS.length)]).join('')
  let valid = 0
  for (let round = 0; round < 300; round++) {
    const files = { 'vm.yaml': make(WHOLE), 'b.yaml': make(HEADER), 'c.yaml': make(HEADER) }
    const { documents, bases, diagnostics } = await loadFiles(files)
    const context = JSON.stringify(files)
    assert.ok(documents.length + bases + diagnostics.length > 0, context)
    if (diagnostics.length === 0) valid++
    for (const one of diagnostics) {
      const lines = (files[one.file as keyof typeof files] ?? '').split('\n')
      assert.ok(one.start.column <= (lines[one.start.line - 1]?.length ?? -1) + 1, `${brief(one)} ${context}`)
      assert.not.match(one.message, /\p{Cc}|undefined|\[object/u, context)
    }
  }
  assert.ok(valid > 0 && valid < 300)
})

test.run()
