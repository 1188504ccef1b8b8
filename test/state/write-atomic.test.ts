// Files are replaced whole or not at all.
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { removeTemporaries, writeAtomic } from '../../src/state/write-atomic.ts'
import { suite } from '../suite.ts'

const test = suite('atomic writes')

async function withDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'volt-atomic-'))
  try {
    await body(directory)
  } finally {
    await rm(directory, { recursive: true })
  }
}

test('what a writer did not live to rename can be removed, and nothing else is', async () => {
  await withDirectory(async (directory) => {
    for (const name of ['.record.json.0123456789ab', 'record.json', '.plan', '.record.json.0123']) {
      await writeFile(join(directory, name), '')
    }
    await removeTemporaries(directory)
    assert.equal((await readdir(directory)).sort(), ['.plan', '.record.json.0123', 'record.json'])
  })
})

test('replaces the file and leaves nothing else', async () => {
  await withDirectory(async (directory) => {
    const path = join(directory, 'record.json')
    await writeAtomic(path, 'one')
    await writeAtomic(path, 'two')
    assert.is(await readFile(path, 'utf8'), 'two')
    assert.equal(await readdir(directory), ['record.json'])
    assert.is((await stat(path)).mode & 0o777, 0o600)
  })
})

test('never shows a reader half a file', async () => {
  await withDirectory(async (directory) => {
    const path = join(directory, 'record.json')
    const contents = ['a'.repeat(300_000), 'b'.repeat(300_000)]
    await writeAtomic(path, contents[0] ?? '')
    let writing = true
    const writer = (async () => {
      for (let round = 0; round < 20; round++) await writeAtomic(path, contents[round % 2] ?? '')
      writing = false
    })()
    while (writing) assert.ok(contents.includes(await readFile(path, 'utf8')))
    await writer
  })
})

test('leaves the old file and no temporary one when it cannot replace it', async () => {
  await withDirectory(async (directory) => {
    const path = join(directory, 'taken')
    await mkdir(join(path, 'inside'), { recursive: true })
    let failed = false
    await writeAtomic(path, 'x').catch(() => (failed = true))
    assert.ok(failed)
    assert.equal(await readdir(directory), ['taken'])
  })
})

test.run()
