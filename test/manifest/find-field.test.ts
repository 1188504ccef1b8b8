// Every way to name a field leads to it, and what names none is answered with what was meant.
import * as assert from 'uvu/assert'
import { findField } from '../../src/manifest/find-field.ts'
import { manifestFields } from '../../src/manifest/schema-fields.ts'
import { CHANGE_CLASSES } from '../../src/run/change-classes.ts'
import { suite } from '../suite.ts'

const test = suite('fields of the schema')

test('they are those that have a class of change', () => {
  assert.equal([...manifestFields().keys()].sort(), Object.keys(CHANGE_CLASSES).sort())
})

test('every field is found by its path, with and without the marks of lists, and by a pointer', () => {
  for (const path of manifestFields().keys()) {
    for (const name of [path, path.replaceAll('[]', ''), path.replaceAll('[]', '[3]'), pointerTo(path)]) {
      const found = findField(name)
      assert.is(found.ok && found.field.path, path, name)
    }
  }
})

function pointerTo(path: string): string {
  return `/${path.replaceAll('[]', '.0').replaceAll('.', '/')}`
}

test('entries that a plan or a person names are their list or mapping', () => {
  for (const [name, path] of [
    ['disks.root.rateLimit.ops', 'disks[].rateLimit.ops'],
    ['metadata.labels.tier', 'metadata.labels'],
    ['cpu.features.avx512f', 'cpu.features'],
    ['networks[0]', 'networks'],
  ] as const) {
    const found = findField(name)
    assert.is(found.ok && found.field.path, path, name)
  }
})

for (const [name, hint] of [
  ['disk', 'did you mean disks?'],
  ['disks.pathh', 'did you mean disks[].path?'],
  ['rateLimit', 'rateLimit is in other places: disks[].rateLimit, rng.rateLimit, networks[].rateLimit'],
  ['kernel.initrdd', 'did you mean kernel.initrd?'],
  ['rateLimt', 'did you mean disks[].rateLimit or rng.rateLimit or networks[].rateLimit?'],
  ['memory.bytes', 'memory has no fields'],
  ['disks.root', 'there are name, path, from, size, readOnly, overlay, cache, serial, queues, discard, rateLimit'],
  ['.', 'volt explain lists them'],
  ['__proto__', /^there are apiVersion, /],
] as const) {
  test(`${name} is no field, and the hint says what is`, () => {
    const found = findField(name)
    if (found.ok) assert.unreachable(found.field.path)
    else if (typeof hint === 'string') assert.is(found.hint, hint)
    else assert.match(found.hint, hint)
  })
}

test.run()
