// What `volt explain` says of a field is true: its example stands where the schema has the field.
import * as assert from 'uvu/assert'
import { COMPOSITION_KEYS, schemaErrors } from '../../src/manifest/schema.ts'
import { manifestFields } from '../../src/manifest/schema-fields.ts'
import { explainField, placeOf } from '../../src/run/explain-field.ts'
import { suite } from '../suite.ts'

const test = suite('a field explained')
const fields = manifestFields()

for (const [path, field] of fields) {
  test(`${path}: the piece of a manifest is valid`, () => {
    const smallest = { ...placeOf('apiVersion', fields), ...placeOf('kind', fields), ...placeOf('metadata', fields), ...placeOf('kernel', fields) } // prettier-ignore
    const place = placeOf(path, fields)
    const composes = COMPOSITION_KEYS.includes(path.split('.')[0] ?? '')
    assert.equal(
      composes ? schemaErrors(place, 'composition') : schemaErrors({ ...smallest, ...place }, 'manifest'),
      [],
    )
    const { description, type, place: text } = explainField(field)
    assert.ok(description.length > 10)
    assert.is.not(type, 'any value')
    assert.ok(text.includes(field.name))
  })
}

test('has the type, the default, the class of change and the fields of a mapping', () => {
  const field = fields.get('balloon')
  if (field === undefined) return assert.unreachable()
  const { type, required, change, fields: inner } = explainField(field)
  assert.equal([type, required, change.class], ['true or false, or a mapping', false, 'restart'])
  assert.equal(
    inner.map(({ path }) => path),
    ['balloon.target', 'balloon.freePageReporting', 'balloon.deflateOnOom', 'balloon.statsInterval'],
  )
  assert.equal(explainField(fields.get('memory') ?? field).default, '128MiB')
  assert.is(explainField(fields.get('disks[].queues') ?? field).type, 'a whole number from 1 to 16')
  assert.is(explainField(fields.get('kernel.image') ?? field).required, true)
})

test.run()
