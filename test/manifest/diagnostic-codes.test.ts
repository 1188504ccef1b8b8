// The codes of diagnostics are a closed list: what src/ uses is documented, what is documented is used and tested.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'

const test = suite('diagnostic codes')
const root = fileURLToPath(new URL('../../', import.meta.url))

async function textsOf(folder: string, pattern: RegExp): Promise<string[]> {
  const names = (await readdir(join(root, folder), { recursive: true })).filter((name) => pattern.test(name))
  return Promise.all(names.map((name) => readFile(join(root, folder, name), 'utf8')))
}

function codesIn(texts: string[], pattern: RegExp): string[] {
  return [...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')))].sort()
}

const documented = codesIn([await readFile(join(root, 'docs/diagnostics.md'), 'utf8')], /^\| (V\d{3}) \|/gm)
const used = codesIn(await textsOf('src', /\.ts$/), /'(V\d{3})'/g)
// This file names codes without producing them.
const tests = await textsOf('test', /(?<!diagnostic-codes)\.test\.ts$/)
const corpus = codesIn([await readFile(join(root, 'test/corpus/expected.json'), 'utf8')], /"code": "(V\d{3})"/g)

test('every code that is used is documented, and every one that is documented is used', () => {
  assert.equal(used, documented)
})

test('every documented code is expected by the corpus or by a test', () => {
  const expected = new Set([...corpus, ...codesIn(tests, /'(V\d{3})\b/g)])
  assert.equal(documented.filter((code) => !expected.has(code)), []) // prettier-ignore
})

test('the corpus covers everything that needs neither the host nor a strange file', () => {
  const elsewhere = [
    // hostile-input.test.ts and the tests of the plan: a file that cannot be opened or is no text, a host. read-disks.test.ts: a user who is not root.
    ...['V011', 'V012'],
    // test/manifest/compose: of several files, or of values that a command gives.
    ...['V040', 'V041', 'V042', 'V043', 'V044', 'V045', 'V046'],
    // test/content/command-line.test.ts: a disk that is built.
    ...['V107', 'V113', 'V204', 'V207', 'V216'],
    // check-kernel.test.ts: warnings, of manifests that are right.
    ...['V301', 'V302', 'V303', 'V304', 'V305', 'V306', 'V307', 'V308'],
  ]
  assert.equal(documented.filter((code) => !corpus.includes(code)), elsewhere) // prettier-ignore
})

test('no two codes mean the same', async () => {
  const lines = (await readFile(join(root, 'docs/diagnostics.md'), 'utf8')).match(/^\| V\d{3} .*$/gm) ?? []
  assert.is(lines.length, documented.length)
})

test.run()
