// Manifests that extend others: what comes of them, and where its mistakes are.
import * as assert from 'uvu/assert'
import { suite } from '../../suite.ts'
import { HEADER, loadFiles, problemsOf, WHOLE } from './support.ts'

const test = suite('manifests that extend others')
const base = `${HEADER}abstract: true\nkernel: { image: builtin:hello, cmdline: [quiet, stay] }\nvcpus: 2\n`

async function specOf(files: Record<string, string>) {
  const { documents, diagnostics } = await loadFiles(files)
  assert.equal(diagnostics, [])
  return documents[0]?.spec
}

test('mappings are merged key by key, lists without names and scalars replaced', async () => {
  const over = `${HEADER}extends: ./base.yaml\nmetadata: { name: web }\nkernel: { cmdline: [stay] }\nmemory: 64MiB\n`
  const spec = await specOf({ 'base.yaml': base, 'vm.yaml': over })
  assert.equal([spec?.name, spec?.kernel.image, spec?.kernel.cmdline], ['web', 'builtin:hello', 'stay'])
  assert.equal([spec?.vcpus.count, spec?.memoryBytes], [2, 64 * 1024 ** 2])
})

test('of several the later one holds, and the manifest itself over all', async () => {
  const files = {
    'a.yaml': `${base}memory: 32MiB\nstopTimeout: 1s\n`,
    'b.yaml': `${HEADER}abstract: true\nmemory: 64MiB\nstopTimeout: 2s\n`,
    'vm.yaml': `${HEADER}extends: [a.yaml, ./b.yaml]\nmetadata: { name: web }\nstopTimeout: 3s\n`,
  }
  const spec = await specOf(files)
  assert.equal([spec?.memoryBytes, spec?.stopTimeoutMs, spec?.vcpus.count], [64 * 1024 ** 2, 3000, 2])
})

test('devices are told apart by name or tag: changed in their place, added behind, taken out', async () => {
  const disks = '[{ name: a, path: a.img }, { name: b, path: b.img, queues: 2 }, { name: c, path: c.img }]'
  const files = {
    'base.yaml': `${base}disks: ${disks}\nshares: [{ tag: src, directory: ./src }]\nnetworks: [{ user: true }]\n`,
    'vm.yaml': `${HEADER}extends: base.yaml\nmetadata: { name: web }
disks: [{ name: d, path: d.img }, { name: b, readOnly: true }, { name: a, remove: true }]
shares: [{ tag: src, readOnly: true }]
networks: [{ name: net0, mtu: 9000 }]
`,
  }
  const spec = await specOf(files)
  assert.equal(
    spec?.disks.map(({ name, path, queues, readOnly }) => [name, path, queues, readOnly]),
    [
      ['b', 'b.img', 2, true],
      ['c', 'c.img', 1, false],
      ['d', 'd.img', 1, false],
    ],
  )
  assert.equal([spec?.shares[0]?.directory, spec?.shares[0]?.readOnly], ['./src', true])
  assert.equal([spec?.networks.length, spec?.networks[0]?.mtu], [1, 9000])
})

test('null removes what a base says, and is a mistake where nothing does', async () => {
  const files = { 'base.yaml': `${base}memory: 32MiB\n`, 'vm.yaml': `${WHOLE}extends: base.yaml\nmemory: null\n` }
  assert.is((await specOf(files))?.memoryBytes, 128 * 1024 ** 2)
  const wrong = `${WHOLE}extends: base.yaml\nmemry: null\ndisks: [{ name: x, remove: true }]\nballoon: { target: null }\n`
  assert.equal(await problemsOf({ 'base.yaml': base, 'vm.yaml': wrong }), [
    'V042 vm.yaml:6:8 /memry',
    'V042 vm.yaml:7:9 /disks/0',
    'V042 vm.yaml:8:20 /balloon/target',
  ])
})

test('paths of a base are relative to the base', async () => {
  const files = {
    'common/base.yaml': `${HEADER}abstract: true
kernel: { image: ./k, initrd: boot/i }
cpu: { template: ../cpu.yaml }
disks: [{ name: a, path: a.img, overlay: ../o }, { name: b, path: /srv/b.img, overlay: true }]
vsock: { path: ./v.sock }
`,
    'cpu.yaml': 'apiVersion: volt/v1\nkind: CpuTemplate\nname: fleet\nfeatures: [fpu]\n',
    'vm.yaml': `${HEADER}extends: common/base.yaml\nmetadata: { name: vm }\nshares: [{ tag: s, directory: ./s }]\n`,
  }
  const spec = await specOf(files)
  assert.equal([spec?.kernel.image, spec?.kernel.initrd, spec?.cpu.template], ['./common/k', './common/boot/i', './cpu.yaml']) // prettier-ignore
  assert.equal(spec?.disks.map(({ path, overlay }) => [path, overlay]), [['./common/a.img', './o'], ['/srv/b.img', true]]) // prettier-ignore
  assert.equal([spec?.vsock?.path, spec?.shares[0]?.directory], ['./common/v.sock', './s'])
})

test('a word is a path where there is such a file beside the base, and else the name of a kernel', async () => {
  const imageOf = async (image: string, others: Record<string, string> = {}) => {
    const text = `${HEADER}abstract: true\nkernel: { image: ${image} }\n`
    const files = {
      ...others,
      'x/base.yaml': text,
      'vm.yaml': `${HEADER}extends: x/base.yaml\nmetadata: { name: vm }\n`,
    }
    return (await loadFiles(files)).documents[0]?.manifest.kernel.image
  }
  assert.is(await imageOf('debian-cloud@6.1'), 'debian-cloud@6.1')
  assert.is(await imageOf('debian'), 'debian')
  assert.is(await imageOf('vmlinuz', { 'x/vmlinuz': '' }), './x/vmlinuz')
})

test('a mistake is marked in the file that has it, with what extends that', async () => {
  const files = {
    'a.yaml': `${HEADER}abstract: true\nvcpus: 5000\n`,
    'b.yaml': `${HEADER}abstract: true\nextends: a.yaml\n`,
    'vm.yaml': `${WHOLE}extends: b.yaml\nmemory: 1GB\n`,
  }
  const { diagnostics } = await loadFiles(files)
  assert.equal(
    diagnostics.map(({ code, file, start, notes }) => [code, file, start.line, notes?.map((note) => `${note.file}:${note.start.line}:${note.start.column}`)]), // prettier-ignore
    [
      ['V003', 'vm.yaml', 6, undefined],
      ['V007', 'a.yaml', 4, ['b.yaml:4:10', 'vm.yaml:5:10']],
    ],
  )
})

test('a base may lack what a machine needs, and nothing else may be wrong with it', async () => {
  const good = await loadFiles({ 'vm.yaml': `${HEADER}abstract: true\ndisks: [{ name: a }]\nvcpus: { cores: 2 }\n` })
  assert.equal([good.diagnostics, good.documents, good.bases], [[], [], 1])
  assert.equal(await problemsOf({ 'vm.yaml': `${HEADER}abstract: true\nvcpus: x\nkernl: {}\n` }), [
    'V004 vm.yaml:4:8 /vcpus',
    'V005 vm.yaml:5:1 /kernl',
  ])
  assert.equal(await problemsOf({ 'vm.yaml': `${HEADER}metadata: { name: vm }\n` }), ['V006 vm.yaml:1:1'])
})

test('a base is no machine of the file that has it: neither its name nor its variables count', async () => {
  const { documents, bases, diagnostics } = await loadFiles({
    'vm.yaml': `${WHOLE}abstract: true\nvars: { x: {} }\n---\n${WHOLE}`,
  })
  assert.equal([documents.length, bases, diagnostics], [1, 1, []])
})

const wrong: [title: string, files: Record<string, string>, expected: string[]][] = [
  ['a file that is not there', { 'vm.yaml': `${WHOLE}extends: none.yaml\n` }, ['V040 vm.yaml:5:10 /extends']],
  ['a directory', { 'vm.yaml': `${WHOLE}extends: [.]\n` }, ['V040 vm.yaml:5:11 /extends/0']],
  ['no manifest', { 'b.yaml': 'a: 1\n', 'vm.yaml': `${WHOLE}extends: b.yaml\n` }, ['V040 vm.yaml:5:10 /extends']],
  ['several documents', { 'b.yaml': `${base}---\n${base}`, 'vm.yaml': `${WHOLE}extends: b.yaml\n` }, ['V040 vm.yaml:5:10 /extends']], // prettier-ignore
  ['an empty file', { 'b.yaml': '# \n', 'vm.yaml': `${WHOLE}extends: b.yaml\n` }, ['V040 vm.yaml:5:10 /extends']],
  ['broken YAML', { 'b.yaml': 'a: [\n', 'vm.yaml': `${WHOLE}extends: b.yaml\n` }, ['V001 b.yaml:2:1']],
  ['itself', { 'vm.yaml': `${WHOLE}extends: ./vm.yaml\n` }, ['V041 vm.yaml:5:10 /extends']],
  [
    'a circle',
    {
      'a.yaml': `${HEADER}extends: b.yaml\n`,
      'b.yaml': `${HEADER}extends: a.yaml\n`,
      'vm.yaml': `${WHOLE}extends: a.yaml\n`,
    },
    ['V041 b.yaml:3:10 /extends'],
  ],
  ['a number', { 'vm.yaml': `${WHOLE}extends: 1\n` }, ['V004 vm.yaml:5:10 /extends']],
  ['an empty list', { 'vm.yaml': `${WHOLE}extends: []\n` }, ['V007 vm.yaml:5:10 /extends']],
  ['the same twice', { 'vm.yaml': `${WHOLE}extends: [a, a]\n` }, ['V003 vm.yaml:5:14 /extends/1']],
  ['abstract that is no truth value', { 'vm.yaml': `${WHOLE}abstract: yes\n` }, ['V004 vm.yaml:5:11 /abstract']],
]
for (const [title, files, expected] of wrong) {
  test(`extends ${title}`, async () => assert.equal(await problemsOf(files), expected))
}

test('a wrong base is reported once for all documents that extend it', async () => {
  const files = { 'b.yaml': 'a: [\n', 'vm.yaml': Array.from({ length: 20 }, () => `${WHOLE}extends: b.yaml\n`).join('---\n') } // prettier-ignore
  assert.equal(await problemsOf(files), ['V001 b.yaml:2:1'])
})

test('two devices of one name stay two', async () => {
  const over = `${WHOLE}extends: b.yaml\ndisks: [{ name: a, queues: 2 }, { name: a, path: x }]\n`
  const files = { 'b.yaml': `${base}disks: [{ name: a, path: a }]\n`, 'vm.yaml': over }
  assert.equal(await problemsOf(files), ['V014 vm.yaml:6:41 /disks/1/name'])
})

test.run()
