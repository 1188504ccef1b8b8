// Every wrong manifest of test/corpus/ gets the diagnostics that expected.json lists: codes and positions, exactly.
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import type { Diagnostic } from '../../src/manifest/diagnostic.ts'
import { loadVms } from '../../src/run/load-vms.ts'
import { suite } from '../suite.ts'
import { writeCorpusImages } from './corpus-images.ts'
import { within } from './within.ts'

interface Expectation {
  code: string
  line: number
  column: number
  pointer: string
}

const test = suite('corpus of wrong manifests')
const corpus = fileURLToPath(new URL('../corpus/', import.meta.url))
const expected = JSON.parse(await readFile(join(corpus, 'expected.json'), 'utf8')) as Record<string, Expectation[]>
let directory = ''

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'volt-corpus-'))
  await cp(corpus, directory, { recursive: true })
  await writeCorpusImages(directory)
})

test.after(() => rm(directory, { recursive: true }))

test('has at least 60 files, each with an expectation and nothing else', async () => {
  const files = (await readdir(corpus)).filter((name) => name.endsWith('.yaml')).sort()
  assert.equal(Object.keys(expected).sort(), files)
  assert.ok(files.length >= 60)
})

for (const [file, expectations] of Object.entries(expected)) {
  test(file, async () => {
    const { manifests, vms, diagnostics } = await within(5000, loadVms(join(directory, file)))
    await Promise.all(vms.map((vm) => vm.close()))
    assert.equal(diagnostics.map(brief), expectations)
    for (const diagnostic of diagnostics) assertSound(diagnostic, manifests.source)
  })
}

function brief({ code, start, pointer }: Diagnostic): Expectation {
  return { code, line: start.line, column: start.column, pointer }
}

/** What holds of every diagnostic: it can be shown, on a line, in a place that exists. */
function assertSound({ message, hint, start, end, severity }: Diagnostic, source: string): void {
  const lines = source.split('\n')
  assert.ok(start.line >= 1 && start.line <= lines.length)
  assert.ok(start.column >= 1 && start.column <= (lines[start.line - 1]?.length ?? 0) + 1)
  assert.ok(end.line > start.line || (end.line === start.line && end.column >= start.column))
  for (const text of [message, hint ?? 'x']) {
    assert.ok(text.length > 0 && text.length < 400, text)
    assert.not.match(text, /\p{Cc}|undefined|\[object|^\s*at /u)
  }
  assert.is(severity, 'error')
}

test.run()
