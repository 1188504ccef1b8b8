// Events behind many others.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { findLast, readLast } from '../../src/state/read-events.ts'
import { suite } from '../suite.ts'

const test = suite('events')
const line = (event: object): string => JSON.stringify({ formatVersion: 1, ...event }) + '\n'

async function withEvents(text: string, body: (path: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'volt-events-'))
  try {
    await writeFile(join(directory, 'events.ndjson'), text)
    await body(join(directory, 'events.ndjson'))
  } finally {
    await rm(directory, { recursive: true })
  }
}

test('a loss is found behind any number of faults, which a guest can cause', async () => {
  const loss = { event: 'backend-down', device: 'share-src', message: 'gone' }
  const faults = line({ event: 'device-fault', device: 'rng', message: 'x'.repeat(100) }).repeat(1000)
  await withEvents(line(loss) + faults + 'cut o', async (path) => {
    assert.equal(await findLast(path, ['backend-down']), { formatVersion: 1, ...loss })
    assert.is(readLast(path, ['backend-down']), undefined)
    assert.is(readLast(path, ['device-fault'])?.event, 'device-fault')
  })
})

test('where there are no events yet, there are none', async () => {
  assert.is(await findLast('/nowhere/events.ndjson', ['stopped']), undefined)
})

test.run()
