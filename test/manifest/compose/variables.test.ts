// Variables: their types, where their values come from, and what is said of wrong ones.
import * as assert from 'uvu/assert'
import type { VariableInputs } from '../../../src/manifest/compose/given-values.ts'
import { suite } from '../../suite.ts'
import { brief, HEADER, loadFiles, problemsOf, WHOLE } from './support.ts'

const test = suite('variables of manifests')
const CPUS = 'vars: { cpus: { type: number, default: 2 } }\n'

function words(...vars: string[]): VariableInputs {
  return { vars: vars.map((word) => ({ name: word.split('=')[0] ?? '', text: word.slice(word.indexOf('=') + 1) })) }
}

async function specOf(text: string, variables?: VariableInputs, others: Record<string, string> = {}) {
  const { documents, diagnostics } = await loadFiles({ ...others, 'vm.yaml': text }, variables)
  assert.equal(diagnostics, [])
  return documents[0]?.spec
}

test('a whole value has the type of its variable, a part of a string is text', async () => {
  const text = `${HEADER}metadata: { name: "\${var.name}" }
vars:
  name: { default: web }
  cpus: { type: number, default: 3 }
  size: { type: size, default: 64MiB }
  wait: { type: duration, default: 5s }
  acpi: { type: boolean, default: false }
kernel: { image: builtin:hello, cmdline: "n=\${var.cpus} s=\${var.size} a=\${var.acpi}" }
vcpus: \${var.cpus}
memory: \${var.size}
stopTimeout: \${var.wait}
firmware: { acpi: "\${var.acpi}" }
`
  const spec = await specOf(text)
  assert.equal([spec?.name, spec?.vcpus.count, spec?.memoryBytes], ['web', 3, 64 * 1024 ** 2])
  assert.equal([spec?.stopTimeoutMs, spec?.firmware.acpi, spec?.kernel.cmdline], [5000, false, 'n=3 s=64MiB a=false'])
})

test('--var is before --var-file, a later one before an earlier one, both before defaults', async () => {
  const others = { 'a.yaml': 'cpus: 3\n', 'b.yaml': 'cpus: 4\n' }
  const count = async (variables?: VariableInputs) =>
    (await specOf(`${WHOLE}${CPUS}vcpus: \${var.cpus}\n`, variables, others))?.vcpus.count
  assert.is(await count(), 2)
  assert.is(await count({ varFiles: ['a.yaml'] }), 3)
  assert.is(await count({ varFiles: ['a.yaml', 'b.yaml'] }), 4)
  assert.is(await count({ ...words('cpus=5', 'cpus=6'), varFiles: ['a.yaml'] }), 6)
})

test('a default of what extends holds over that of a base, and the rest of the declaration stays', async () => {
  const base = `${HEADER}abstract: true\n${CPUS}vcpus: \${var.cpus}\n`
  const over = `${WHOLE}extends: base.yaml\nvars: { cpus: { default: 7 } }\n`
  assert.is((await specOf(over, undefined, { 'base.yaml': base }))?.vcpus.count, 7)
})

test('$${ stands for the characters, and a dollar for itself', async () => {
  const text = `${WHOLE}readiness: { console: 'a$\${b} $c $$ $\${var.x} d$' }\n`
  assert.equal((await specOf(text))?.readiness, { console: 'a${b} $c $$ ${var.x} d$', timeoutMs: 60_000 })
})

test('paths are relative to where they are written', async () => {
  const base = `${HEADER}abstract: true
vars: { k: { type: path, default: ./k }, dir: { type: path }, s: { default: ./i } }
kernel: { image: "\${var.k}", initrd: "\${var.s}" }
disks: [{ name: a, path: "\${var.dir}/a.img" }]
`
  const over = `${HEADER}extends: x/base.yaml\nmetadata: { name: vm }\n`
  const spec = await specOf(over, { varFiles: ['site/v.yaml'] }, { 'x/base.yaml': base, 'site/v.yaml': 'dir: ./img\n' })
  // A string belongs to the field that it is put into.
  assert.equal([spec?.kernel.image, spec?.kernel.initrd], ['./x/k', './x/i'])
  assert.is(spec?.disks[0]?.path, './site/img/a.img')
})

test('a value that a field refuses is marked where it is written, with where it is used', async () => {
  const manifest = `${WHOLE}${CPUS}vcpus: \${var.cpus}\n`
  const places = async (others: Record<string, string>, variables: VariableInputs) => {
    const { diagnostics } = await loadFiles({ ...others, 'vm.yaml': manifest }, variables)
    return diagnostics.map((one) => [brief(one), one.notes?.map(({ file, start }) => `${file}:${start.line}`)])
  }
  assert.equal(await places({ 'v.yaml': '# values\ncpus: 9999\n' }, { varFiles: ['v.yaml'] }), [
    ['V007 v.yaml:2:7 /vcpus', ['vm.yaml:6']],
  ])
  assert.equal(await places({}, words('cpus=9999')), [['V007 vm.yaml:6:8 /vcpus', ['vm.yaml:6']]])
  assert.equal(await problemsOf({ 'vm.yaml': manifest.replace('default: 2', 'default: 0') }), [
    'V007 vm.yaml:5:40 /vcpus',
  ])
})

const wrong: [title: string, text: string, expected: string[], variables?: VariableInputs][] = [
  ['one that is not declared', 'vcpus: ${var.cpus}\n', ['V043 vm.yaml:5:8 /vcpus']],
  ['a reference without its end', 'memory: ${var.m\n', ['V043 vm.yaml:5:9 /memory']],
  ['a reference to something else', 'memory: ${env.HOME}\n', ['V043 vm.yaml:5:9 /memory']],
  ['a reference within a reference', 'memory: "${var.${var.x}}"\n', ['V043 vm.yaml:5:9 /memory']], // prettier-ignore
  ['one without a value', 'vars: { m: { type: size } }\nmemory: ${var.m}\n', ['V044 vm.yaml:5:9 /vars/m']],
  ['a default of another type', 'vars: { m: { type: size, default: 64MB } }\nmemory: ${var.m}\n', ['V045 vm.yaml:5:35 /vars/m']], // prettier-ignore
  ['a word of another type', `${CPUS}vcpus: \${var.cpus}\n`, ['V045 vm.yaml:5:9 /vars/cpus'], words('cpus=two')],
  ['a word for nothing', `${CPUS}vcpus: \${var.cpus}\n`, ['V043 vm.yaml:1:1'], words('cpu=2')],
  ['one that nothing uses', CPUS, ['V046 vm.yaml:5:9 /vars/cpus']],
  ['a type that is none', 'vars: { m: { type: sise } }\n', ['V003 vm.yaml:5:20 /vars/m/type']],
  ['a name that is none', 'vars: { M: {} }\n', ['V003 vm.yaml:5:9 /vars/M']],
  ['a default that is a list', 'vars: { m: { default: [1] } }\n', ['V004 vm.yaml:5:23 /vars/m/default']],
  ['an unknown key', 'vars: { m: { env: HOME } }\n', ['V005 vm.yaml:5:14 /vars/m/env']],
  ['no mapping', 'vars: [m]\n', ['V004 vm.yaml:5:7 /vars']],
  ['a reference in extends', 'extends: ${var.x}\n', ['V040 vm.yaml:5:10 /extends']],
]
for (const [title, text, expected, variables] of wrong) {
  test(`says what is wrong: ${title}`, async () => {
    assert.equal(await problemsOf({ 'vm.yaml': WHOLE + text }, variables), expected)
  })
}

test('a bare reference in a flow mapping gets the hint that it takes quotes', async () => {
  const { diagnostics } = await loadFiles({ 'vm.yaml': `${HEADER}metadata: { name: \${var.x} }\n` })
  assert.match(diagnostics[0]?.hint ?? '', 'quotes')
})

test('a value in a file for nothing is a warning, for the file may be there for others', async () => {
  const { diagnostics, documents } = await loadFiles(
    { 'v.yaml': 'cpu: 2\n', 'vm.yaml': WHOLE },
    { varFiles: ['v.yaml'] },
  )
  assert.equal([diagnostics.map(brief), diagnostics[0]?.severity, documents.length], [['V043 v.yaml:1:1 /cpu'], 'warning', 1]) // prettier-ignore
})

for (const [title, text, expected] of [
  ['a list', '[a]\n', 'V004 v.yaml:1:1'],
  ['broken YAML', 'a: [\n', 'V001 v.yaml:2:1'],
  ['two documents', 'a: 1\n---\na: 2\n', 'V040 v.yaml:1:1'],
] as const) {
  test(`a file of values that is ${title}`, async () => {
    assert.equal(await problemsOf({ 'v.yaml': text, 'vm.yaml': WHOLE }, { varFiles: ['v.yaml'] }), [expected])
  })
}

test('a value that is a mapping is none', async () => {
  const files = { 'v.yaml': 'cpus: { a: 1 }\n', 'vm.yaml': `${WHOLE}${CPUS}vcpus: \${var.cpus}\n` }
  assert.equal(await problemsOf(files, { varFiles: ['v.yaml'] }), ['V045 v.yaml:1:7 /vars/cpus'])
})

test('a base may leave a value open, and what is said of that field is nothing', async () => {
  const base = `${HEADER}abstract: true\nvars: { n: { type: number } }\nvcpus: \${var.n}\nmemory: 1GB\n`
  assert.equal(await problemsOf({ 'vm.yaml': base }), ['V003 vm.yaml:6:9 /memory'])
})

test.run()
