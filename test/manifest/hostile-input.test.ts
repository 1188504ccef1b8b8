// Files too large, too deep or too strange to keep in the corpus are answered with one diagnostic, soon.
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { loadManifests } from '../../src/manifest/load-manifests.ts'
import { suite } from '../suite.ts'
import { within } from './within.ts'

const test = suite('hostile manifest files')
const header = 'apiVersion: volt/v1\nkind: MicroVM\n'
let directory = ''

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'volt-hostile-'))
})
test.after(() => rm(directory, { recursive: true }))

async function loadContent(content: string | Buffer) {
  const path = join(directory, 'vm.yaml')
  await writeFile(path, content)
  return within(5000, loadManifests(path))
}

async function codesOf(content: string | Buffer): Promise<string[]> {
  return (await loadContent(content)).diagnostics.map(({ code }) => code)
}

/** 9 lists of 9 aliases each, as in "billion laughs". */
function aliasBomb(): string {
  const lines = Array.from({ length: 9 }, (_, level) => {
    const item = level === 0 ? 'lol' : `*l${level - 1}`
    return `l${level}: &l${level} [${Array<string>(9).fill(item).join(', ')}]\n`
  })
  return lines.join('')
}

const DEEP = 10_000
const MANY = 1_000_000
const cases: [title: string, code: string, content: () => string | Buffer][] = [
  ['aliases that multiply', 'V008', aliasBomb],
  ['a chain of aliases', 'V008', () => 'a0: &a0 x\n' + chain(5000)],
  ['10,000 opening brackets', 'V008', () => '['.repeat(DEEP)],
  ['10,000 nested brackets, closed', 'V008', () => '['.repeat(DEEP) + ']'.repeat(DEEP)],
  ['10,000 nested mappings', 'V008', () => '{a: '.repeat(DEEP)],
  ['10,000 nested lists', 'V008', () => '- '.repeat(DEEP)],
  ['10,000 nested complex keys', 'V008', () => '? '.repeat(DEEP)],
  ['1,000 levels of indentation', 'V008', () => indented(1000)],
  ['a million documents', 'V008', () => '---\n'.repeat(MANY / 4)],
  ['a file larger than 1 MiB', 'V008', () => `${header}#${'x'.repeat(1024 * 1024)}`],
  ['a hundred thousand keys', 'V008', () => Array.from({ length: MANY / 10 }, (_, key) => `k${key}: 1\n`).join('')],
  ['only line feeds', 'V008', () => '\n'.repeat(MANY)],
  ['only closing braces', 'V008', () => '}'.repeat(MANY)],
  ['only directives', 'V008', () => '%a\n'.repeat(MANY / 3)],
  ['only spaces', 'V009', () => ' '.repeat(MANY)],
  ['one word of a megabyte', 'V004', () => 'a'.repeat(MANY)],
  ['bytes that are not UTF-8', 'V012', () => Buffer.from(`${header}name: \xff\xfe`, 'latin1')],
  ['an overlong UTF-8 sequence', 'V012', () => Buffer.from('apiVersion: \xc0\xaf', 'latin1')],
  ['UTF-16', 'V012', () => Buffer.from(`\ufeff${header}`, 'utf16le')],
  ['an ELF file', 'V012', () => Buffer.from('\x7fELF\x02\x01\x01\0\0\0\0', 'latin1')],
  ['a NUL in the middle', 'V012', () => `${header}metadata: { name: a\0b }\n`],
  ['an escape sequence for terminals', 'V012', () => `${header}\x1b[2Jx: 1\n`],
]

function chain(length: number): string {
  return Array.from({ length }, (_, link) => `a${link + 1}: &a${link + 1} [*a${link}]\n`).join('')
}

function indented(levels: number): string {
  return Array.from({ length: levels }, (_, level) => `${' '.repeat(level)}a:\n`).join('')
}

for (const [title, code, content] of cases) {
  test(`${title}: ${code}`, async () => assert.equal(await codesOf(content()), [code]))
}

test('points at the first byte that is not UTF-8, whatever comes before it', async () => {
  const { diagnostics } = await loadContent(Buffer.from('\xef\xbb\xbf# \xef\xbf\xbd \xc3\xa4\nab\xffc', 'latin1'))
  assert.equal(diagnostics[0]?.start, { line: 2, column: 3 })
})

test('a hundred wrong documents report what is wrong with each', async () => {
  const documents = Array.from({ length: 100 }, () => `${header}metadata: {}\nkernel: { image: builtin:hello }\n`)
  assert.equal(await codesOf(documents.join('---\n')), Array(100).fill('V006'))
})

test('one document reports 50 problems at most', async () => {
  const unknown = Array.from({ length: 200 }, (_, key) => `k${key}: 1\n`).join('')
  assert.is((await codesOf(header + unknown)).length, 50)
})

test('a file of 100 MB is refused without being read to its end', async () => {
  const path = join(directory, 'big.yaml')
  await writeFile(path, header)
  await truncate(path, 100 * 1024 * 1024)
  const { diagnostics, source } = await within(5000, loadManifests(path))
  assert.equal([diagnostics.map(({ code }) => code), source.length], [['V008'], 0])
})

test('what is no regular file, or is not there, cannot be read: V011', async () => {
  const fifo = join(directory, 'fifo')
  execFileSync('mkfifo', [fifo])
  await mkdir(join(directory, 'folder'))
  await symlink('loop.yaml', join(directory, 'loop.yaml'))
  for (const path of [
    fifo,
    join(directory, 'folder'),
    '/dev/zero',
    join(directory, 'none'),
    join(directory, 'loop.yaml'),
  ]) {
    const { diagnostics, documents } = await within(5000, loadManifests(path))
    assert.equal([diagnostics.map(({ code }) => code), documents], [['V011'], []], path)
    assert.equal(diagnostics[0]?.start, { line: 1, column: 1 })
  }
})

test('a path with a NUL byte cannot be read: V011', async () => {
  assert.is((await loadManifests('a\0b')).diagnostics[0]?.code, 'V011')
})

test.run()
