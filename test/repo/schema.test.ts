// What editors and checks by the schema alone get: every field of the published schema is described, every example names that
// schema, and it knows files with bases and variables.
import { isDeepStrictEqual } from 'node:util'
import { Ajv } from 'ajv'
import * as assert from 'uvu/assert'
import { manifestFields } from '../../src/manifest/schema-fields.ts'
import { schemaErrors, type SchemaNode } from '../../src/manifest/schema.ts'
import { loadManifests } from '../../src/manifest/load-manifests.ts'
import { suite } from '../suite.ts'
import { listFiles, readSource } from './sources.ts'

const test = suite('the published schema')

type Described = SchemaNode & { markdownDescription?: string }
const published = JSON.parse(readSource('schema/manifest-file.schema.json')) as Described
const manifests = listFiles().filter((path) => /^manifests\/.*\.yaml$/.test(path))

/** Every property, with what describes it; all are written out, without references. `remove` takes an entry of a base out. */
function propertiesOf(node: Described, path = ''): [string, Described][] {
  const inner = [...(node.oneOf ?? []), ...(node.anyOf ?? [])].flatMap((variant) => propertiesOf(variant, path))
  const entries = node.items === undefined ? [] : propertiesOf(node.items, `${path}[]`)
  const own = Object.entries(node.properties ?? {}).flatMap(([name, part]): [string, Described][] => {
    if (name === 'remove') return []
    const field = path === '' ? name : `${path}.${name}`
    return [[field, part], ...propertiesOf(part, field)]
  })
  return [...own, ...entries, ...inner]
}

test('has the fields of the schema that Volt checks by', () => {
  const paths = propertiesOf(published).map(([path]) => path)
  assert.equal(paths.sort(), [...manifestFields().keys()].sort())
})

/** Left out, another one of them is there. */
const ONE_OF_SEVERAL = ['networks[].user', 'readiness.vsock', 'readiness.tcp']

for (const [path, node] of propertiesOf(published)) {
  test(`${path} is described`, () => {
    const { description = '', markdownDescription = '', examples = [], default: standard } = node
    assert.match(description, /^\S.*\.$/s, 'a description in sentences')
    assert.ok(markdownDescription.startsWith(description))
    assert.match(markdownDescription, /\n\nChange: \*\*(none|live|restart|replace)\*\*/)
    assert.ok(examples.length > 0, 'an example')
    if (standard !== undefined)
      assert.ok(
        markdownDescription.includes(
          `Default: \`${typeof standard === 'string' ? standard : JSON.stringify(standard)}\``,
        ),
      )
    const isChoice = [node, ...(node.oneOf ?? []), ...(node.anyOf ?? [])].some((one) => one.type === 'boolean' || one.type === 'integer' || one.enum) // prettier-ignore
    const isTold = standard !== undefined || /[Ll]eft out/.test(description) || ONE_OF_SEVERAL.includes(path)
    const { required = false } = manifestFields().get(path) ?? {}
    if (isChoice && !required) assert.ok(isTold, 'what it is when it is left out')
  })
}

test('every example and default of a field is valid', () => {
  const ajv = new Ajv({ strict: false })
  ajv.addSchema(published, 'manifest')
  for (const [path, node] of propertiesOf(published)) {
    const validate = ajv.compile({ ...node, definitions: published.definitions })
    const { examples = [], default: standard } = node
    for (const value of [...examples, ...(standard === undefined ? [] : [standard])]) {
      assert.ok(validate(value), `${path}: ${JSON.stringify(value)}: ${ajv.errorsText(validate.errors)}`)
    }
  }
})

test('agrees with the one that Volt checks by on every example of a manifest', async () => {
  const validate = new Ajv({ strict: false }).compile(published)
  for (const path of manifests) {
    const { documents } = await loadManifests(path)
    for (const { manifest } of documents) {
      assert.ok(isDeepStrictEqual(schemaErrors(manifest, 'manifest'), []) && validate(manifest), path)
      assert.not(validate({ ...manifest, vcpus: 'four' }))
      assert.not(validate({ ...manifest, disk: [] }))
    }
  }
})

const HEAD = { apiVersion: 'volt/v1', kind: 'MicroVM' }
const WHOLE = { ...HEAD, metadata: { name: 'vm' }, kernel: { image: 'builtin:hello' } }
const disk = { name: 'root', path: './root.img' }

test('takes files with variables and bases, and wants of others what Volt wants of a machine', () => {
  const validate = new Ajv({ strict: false }).compile(published)
  const based = { ...HEAD, extends: './base.yaml' }
  const right = {
    whole: WHOLE,
    'with variables': { ...WHOLE, vars: { cpus: { type: 'number' } }, vcpus: '${var.cpus}', disks: [disk] },
    'over a base': { ...based, metadata: { name: 'vm' }, memory: null, disks: [{ name: 'root', readOnly: true }] },
    'that takes a device out': { ...based, disks: [{ name: 'root', remove: true }] },
    'a base': { ...HEAD, abstract: true, kernel: { cmdline: 'quiet' } },
  }
  for (const [what, manifest] of Object.entries(right)) {
    assert.ok(validate(manifest), `${what}: ${JSON.stringify(validate.errors)}`)
  }
  const wrong = {
    'without a kernel': { ...HEAD, metadata: { name: 'vm' } },
    'a kernel without an image': { ...WHOLE, kernel: { cmdline: 'quiet' } },
    'no name': { ...WHOLE, metadata: {} },
    'a share without a directory': { ...WHOLE, shares: [{ tag: 'src' }] },
    'a topology without a count': { ...WHOLE, vcpus: { sockets: 2 } },
    'a word that is no reference': { ...WHOLE, vcpus: 'four' },
    'a base with a typo': { ...HEAD, abstract: true, memroy: '1GiB' },
  }
  for (const [what, manifest] of Object.entries(wrong)) assert.not(validate(manifest), what)
})

test('an example exists for every kind of manifest, with a modeline', () => {
  assert.ok(manifests.length > 0)
  for (const path of manifests) {
    assert.match(
      readSource(path),
      /^# yaml-language-server: \$schema=\.\.\/schema\/manifest-file\.schema\.json\n/,
      path,
    )
  }
})

test.run()
