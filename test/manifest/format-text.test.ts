// Manifests written in one way: keys sorted, comments where they belong, and nothing lost.
import { readdirSync, readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { formatText } from '../../src/manifest/format-text.ts'
import { suite } from '../suite.ts'
import { loadText } from './support.ts'

const test = suite('the form of a manifest')
const root = new URL('../../', import.meta.url)

function format(text: string): string {
  const formatted = formatText(text, 'vm.yaml')
  if (formatted.ok) return formatted.text
  return assert.unreachable(formatted.diagnostics.map(({ message }) => message).join('; ')) as never
}

test('sorts keys as the schema has them, also in lists, and leaves unknown ones behind', () => {
  const text = 'zzz: 1\ndisks: [{ path: a, name: b }]\naaa: 2\nkernel:\n  initrd: i\n  image: k\napiVersion: volt/v1\n'
  const sorted =
    'apiVersion: volt/v1\nkernel:\n  image: k\n  initrd: i\ndisks: [{ name: b, path: a }]\nzzz: 1\naaa: 2\n'
  assert.is(format(text), sorted)
})

test('labels and features are in the order of who wrote them', () => {
  const text =
    'metadata: { name: a, labels: { z: "1", name: b, a: "2" } }\ncpu: { features: { sse2: true, aes: false } }\n'
  assert.is(format(text), text)
})

test('comments go with the key they are about', () => {
  const text = `kind: MicroVM
kernel: # what boots
  # the second
  initrd: i # behind it
  # the first
  image: k
  # the end of it
vcpus: 1

# which format
apiVersion: volt/v1
`
  assert.is(
    format(text),
    `# which format
apiVersion: volt/v1
kind: MicroVM
kernel:
  # what boots
  # the first
  image: k
  # the second
  initrd: i # behind it
  # the end of it
vcpus: 1
`,
  )
})

test('what a file begins with stays there', () => {
  const modeline = '# yaml-language-server: $schema=./volt.schema.json\n'
  assert.is(format(`${modeline}memory: 1GiB\nvcpus: 1\n`), `${modeline}vcpus: 1\nmemory: 1GiB\n`)
  const described = `${modeline}\n# its memory\nmemory: 1GiB\nvcpus: 1\n`
  assert.is(format(described), `${modeline}\nvcpus: 1\n# its memory\nmemory: 1GiB\n`)
  const second = 'vcpus: 1\n---\n# second\nmemory: 1GiB\nvcpus: 1\n'
  assert.is(format(second), 'vcpus: 1\n---\n# second\nvcpus: 1\nmemory: 1GiB\n')
})

test('blank lines are kept, one at a time, and quotes and flow as they are', () => {
  const text = `vcpus:   2\n\n\n\nmemory: '1GiB'\nnetworks: [ {user: {ports: ["8080:80"]}} ]   # web\r\n`
  assert.is(format(text), `vcpus: 2\n\nmemory: '1GiB'\nnetworks: [{ user: { ports: ["8080:80"] } }] # web\n`)
})

test('a document with aliases keeps its order, since an alias stays behind its anchor', () => {
  const text = 'memory: &size 1GiB\nballoon: { target: *size }\nvcpus: 1\n'
  assert.is(format(text), text)
})

test('other kinds of documents keep their order', () => {
  const text = 'kind: Other\nmemory: 1GiB\nvcpus: 1\n'
  assert.is(format(text), text)
})

test('a file of comments alone stays as it is', () => {
  for (const text of ['', '# nothing yet\n', '---\n---\n']) assert.is(format(text), text)
})

test('broken YAML and keys given twice are refused, with their places', () => {
  for (const [text, code, line] of [
    ['vcpus: 1\nkernel: { image: a\n', 'V001', 3],
    ['vcpus: 1\nvcpus: 2\n', 'V002', 2],
    ['a: !!binary x\n', 'V013', 1],
    [`a: ${'['.repeat(200)}`, 'V008', 1],
  ] as const) {
    const formatted = formatText(text, 'vm.yaml')
    if (formatted.ok) return assert.unreachable(formatted.text)
    const [first] = formatted.diagnostics
    assert.equal([first?.code, first?.start.line, first?.file], [code, line, 'vm.yaml'])
  }
})

const texts = ['test/corpus/', 'manifests/', 'cpu-templates/'].flatMap((directory) =>
  readdirSync(new URL(directory, root))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ name: directory + name, text: readFileSync(new URL(directory + name, root), 'utf8') })),
)

test('the second time nothing changes, whatever the file', () => {
  let count = 0
  for (const { name, text } of texts) {
    const once = formatText(text, name)
    if (!once.ok) continue
    assert.is(format(once.text), once.text, name)
    count++
  }
  assert.ok(count > 200)
})

test('a manifest with its keys in any order comes out the same, with every comment', async () => {
  const lines = ['# about A', 'kernel: { image: builtin:hello } # k', 'vcpus: 2', '# about M', 'memory: 64MiB', 'stopTimeout: 3s'] // prettier-ignore
  const entries = [lines.slice(0, 2), lines.slice(2, 3), lines.slice(3, 5), lines.slice(5)]
  const head = 'apiVersion: volt/v1\nkind: MicroVM\nmetadata: { name: vm }\n'
  const sorted = format(head + lines.join('\n') + '\n')
  const { documents } = await loadText(sorted)
  assert.is(documents.length, 1)
  for (let turn = 0; turn < 24; turn++) {
    const rest = [...entries]
    const order = [4, 3, 2, 1].flatMap((size) => rest.splice(Math.floor(turn / size) % size, 1))
    assert.is(format(`${head}${order.flat().join('\n')}\n`), sorted)
  }
})

test('the examples are written that way', () => {
  for (const { name, text } of texts.filter((one) => one.name.startsWith('manifests/')))
    assert.is(format(text), text, name)
})

test.run()
