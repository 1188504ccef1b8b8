// Events as a machine may write them whose guest broke out.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { EventLines, parseEvent } from '../../src/state/event-lines.ts'
import { readSandbox } from '../../src/state/read-sandbox.ts'
import { suite } from '../suite.ts'

const test = suite('hostile events')
const line = (event: object): string => JSON.stringify({ formatVersion: 1, time: 't', ...event })
const stopped = { event: 'stopped', reason: 'poweroff', message: 'm', exitCode: 0 }
const sandbox = { event: 'sandbox', mode: 'best-effort', jail: ['pid'], layers: ['seccomp'], missing: [] }

test('a stop has a reason that there is, and an exit code that a process can have', () => {
  assert.is(parseEvent(line(stopped))?.event, 'stopped')
  for (const odd of [
    { reason: '\x1b[2J' },
    { reason: 'toString' },
    { exitCode: 256 },
    { exitCode: -1 },
    { exitCode: '0' },
    { exitCode: 0.5 },
    { message: {} },
  ]) {
    assert.is(parseEvent(line({ ...stopped, ...odd })), undefined, JSON.stringify(odd))
  }
})

test('what is shown of a sandbox is text', () => {
  assert.is(parseEvent(line(sandbox))?.event, 'sandbox')
  for (const odd of [{ jail: 'pid' }, { layers: [1] }, { missing: [{ layer: 'x' }] }, { landlockAbi: '7' }]) {
    assert.is(parseEvent(line({ ...sandbox, ...odd })), undefined, JSON.stringify(odd))
  }
})

test('events of a newer version are events', () => {
  assert.is(parseEvent(line({ event: 'hatched' }))?.event, 'hatched')
  assert.is(parseEvent('{"formatVersion":2,"event":"started"}'), undefined)
  assert.is(parseEvent('null'), undefined)
})

test('a line without end is not kept, and hides nothing behind it', () => {
  const lines = new EventLines()
  const much = Buffer.alloc(64 * 1024, 'x')
  for (let count = 0; count < 32; count++) assert.equal(lines.take(much), [])
  assert.ok(JSON.stringify(lines.take(Buffer.from('')))?.length < 10)
  assert.equal(lines.take(Buffer.from(line(stopped))), [], 'the end of the long line')
  assert.equal(
    lines.take(Buffer.from(`\n${line(stopped)}\n`)).map(({ event }) => event),
    ['stopped'],
  )
})

test('the sandbox is that of the last start', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'volt-events-'))
  try {
    const missing = [{ layer: 'root', reason: 'refused' }]
    const path = join(directory, 'events.ndjson')
    await writeFile(path, `${line(sandbox)}\n${line({ event: 'restarting', delayMs: 1 })}\n`)
    assert.equal(await readSandbox(path), { mode: 'best-effort', jail: ['pid'], layers: ['seccomp'], missing: [] })
    await writeFile(path, `${line({ ...sandbox, missing })}\n`, { flag: 'a' })
    assert.equal((await readSandbox(path)).mode, 'best-effort')
    assert.equal(await readSandbox(path), { ...(await readSandbox(path)), missing })
  } finally {
    await rm(directory, { recursive: true })
  }
})

test.run()
