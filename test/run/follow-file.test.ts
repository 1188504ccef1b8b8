// Following a console log as it grows, is replaced and ends.
import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { followFile, readWhole } from '../../src/run/follow-file.ts'
import { suite } from '../suite.ts'
import { eventually } from '../vm/kvm.ts'

const test = suite('following a file')

async function withFile(body: (path: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'volt-follow-'))
  try {
    await body(join(directory, 'console.log'))
  } finally {
    await rm(directory, { recursive: true })
  }
}

async function collect(chunks: AsyncIterable<Buffer>, onText?: (text: string) => void): Promise<string> {
  let text = ''
  for await (const chunk of chunks) {
    text += chunk.toString()
    onText?.(text)
  }
  return text
}

test('gives the whole of a file that does not grow, nothing for one that is missing', async () => {
  await withFile(async (path) => {
    assert.is(await collect(readWhole(path)), '')
    const text = 'line\n'.repeat(50_000)
    await writeFile(path, text)
    assert.is(await collect(readWhole(path)), text)
  })
})

test('gives what is added until the end is reported, with what came just before it', async () => {
  await withFile(async (path) => {
    await writeFile(path, 'one ')
    let [ended, read] = [false, '']
    const following = collect(
      followFile(path, async () => ended),
      (text) => (read = text),
    )
    await eventually(() => read === 'one ', 'the first is read')
    await appendFile(path, 'two ')
    await eventually(() => read === 'one two ', 'the second is read')
    await appendFile(path, 'three')
    ended = true
    assert.is(await following, 'one two three')
  })
})

test('starts again at the beginning of a file that took its place', async () => {
  await withFile(async (path) => {
    await writeFile(path, 'old ')
    let [ended, read] = [false, '']
    const following = collect(
      followFile(path, async () => ended),
      (text) => (read = text),
    )
    await eventually(() => read === 'old ', 'the old one is read')
    await writeFile(`${path}.new`, 'new')
    await rename(`${path}.new`, path)
    await eventually(() => read === 'old new', 'the new one is read')
    ended = true
    assert.is(await following, 'old new')
  })
})

test('waits for a file that is not there yet', async () => {
  await withFile(async (path) => {
    let ended = false
    const following = collect(
      followFile(path, async () => ended),
      () => (ended = true),
    )
    await sleep(80)
    await writeFile(path, 'late')
    assert.is(await following, 'late')
  })
})

test('ends when it is aborted', async () => {
  await withFile(async (path) => {
    await writeFile(path, 'text')
    const controller = new AbortController()
    const following = collect(
      followFile(path, async () => false, { signal: controller.signal }),
      () => controller.abort(),
    )
    assert.is(await following, 'text')
  })
})

test.run()
