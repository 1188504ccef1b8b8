// CPU templates as files: found by name or path, and what is wrong with one is said of its own lines.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { loadManifests } from '../../src/manifest/load-manifests.ts'
import { suite } from '../suite.ts'
import { manifestWith } from './support.ts'

const test = suite('CPU template files')
const HEADER = 'apiVersion: volt/v1\nkind: CpuTemplate\nname: fleet\n'
let directory = ''

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'volt-templates-'))
  await mkdir(join(directory, 'cpu'))
})
test.after(() => rm(directory, { recursive: true }))

/** What comes of a manifest that names cpu/fleet.yaml with that content. */
async function loadWith(template: string, reference = 'cpu/fleet.yaml', manifest?: string) {
  await writeFile(join(directory, 'cpu/fleet.yaml'), template)
  const path = join(directory, 'vm.yaml')
  await writeFile(path, manifest ?? manifestWith(`cpu: { template: ${reference} }\n`))
  return loadManifests(path)
}

async function problemsOf(template: string): Promise<string[]> {
  const { documents, diagnostics } = await loadWith(template)
  assert.equal(documents, [])
  for (const { file } of diagnostics) assert.is(file, join(directory, 'cpu/fleet.yaml'))
  return diagnostics.map(({ code, start, pointer }) => `${code} ${start.line}:${start.column} ${pointer}`)
}

test('a path is read from the directory of the manifest', async () => {
  for (const reference of ['cpu/fleet.yaml', './cpu/fleet.yaml', join(directory, 'cpu/fleet.yaml')]) {
    const { documents, diagnostics } = await loadWith(`${HEADER}features: [fpu, tsc]\nkeep: [ibrs]\n`, reference)
    assert.equal(diagnostics, [])
    assert.equal(documents[0]?.spec.cpu.rules, { features: ['fpu', 'tsc'], keep: ['ibrs'] })
  }
})

test('the templates that come with Volt are sound and called like their files', async () => {
  const files = await readdir('cpu-templates')
  assert.ok(files.length >= 2)
  for (const file of files) {
    const text = await readFile(join('cpu-templates', file), 'utf8')
    assert.match(text, /^# yaml-language-server: \$schema=\.\.\/schema\/cpu-template\.schema\.json\n/)
    const { documents, diagnostics } = await loadWith(text)
    assert.equal(diagnostics, [])
    assert.match(text, new RegExp(`^name: ${file.replace('.yaml', '')}$`, 'm'))
    const { features = [], keep = [] } = documents[0]?.spec.cpu.rules ?? {}
    assert.ok(features.length > 20 && keep.length > 20)
  }
})

test('what is wrong inside is said with the codes of a manifest, at its place in the template', async () => {
  assert.equal(await problemsOf(`${HEADER}features: [fpu, avx1024]\n`), ['V003 4:17 /features/1'])
  assert.equal(await problemsOf(`${HEADER}features: [fpu, tsc, fpu]\n`), ['V003 4:22 /features/2'])
  assert.equal(await problemsOf(`${HEADER}features: []\n`), ['V007 4:11 /features'])
  assert.equal(await problemsOf(`${HEADER}features: [fpu]\nkeep: [tsc, fpu]\n`), ['V003 5:13 /keep/1'])
  assert.equal(await problemsOf(`${HEADER}feature: [fpu]\n`), ['V005 4:1 /feature'])
  assert.equal(await problemsOf(`${HEADER.replace('CpuTemplate', 'MicroVM')}features: [fpu]\n`), ['V003 2:7 /kind'])
  assert.equal(await problemsOf(`${HEADER}features: [fpu\n`), ['V001 5:1 '])
  assert.equal(await problemsOf(HEADER), ['V006 1:1 '])
})

test('a file that is no template is said of the reference', async () => {
  const cases: [template: string, reference: string, message: RegExp][] = [
    ['', 'cpu/fleet.yaml', /has no documents/],
    [`${HEADER}features: [fpu]\n---\n${HEADER}features: [fpu]\n`, 'cpu/fleet.yaml', /has 2 documents/],
    ['\0', 'cpu/fleet.yaml', /control character/],
    ['['.repeat(10_000), 'cpu/fleet.yaml', /nested too deeply/],
    ['x', './cpu', /is a directory/],
    ['x', './none.yaml', /does not exist/],
    ['x', '/dev/zero', /not a regular file/],
    ['x', 'fleet', /there is no CPU template "fleet"/],
  ]
  for (const [template, reference, message] of cases) {
    const { documents, diagnostics } = await loadWith(template, reference)
    const [found, ...others] = diagnostics
    assert.equal([documents, others], [[], []])
    assert.equal([found?.code, found?.pointer, found?.start], ['V105', '/cpu/template', { line: 5, column: 18 }])
    assert.match(found?.message ?? '', message)
  }
})

test('a wrong template is reported once for all machines that name it', async () => {
  const machine = (name: string) => manifestWith('cpu: { template: cpu/fleet.yaml }\n', name)
  const manifest = [machine('one'), machine('two'), manifestWith('', 'three')].join('---\n')
  const { documents, diagnostics } = await loadWith(`${HEADER}features: [nope]\n`, '', manifest)
  assert.equal(documents.map(({ spec }) => spec.name), ['three']) // prettier-ignore
  assert.is(diagnostics.length, 1)
})

test.run()
