// Colours and failures of the output streams.
import { PassThrough } from 'node:stream'
import * as assert from 'uvu/assert'
import { createOutput, usesColour } from '../../src/cli/output.ts'
import { suite } from '../suite.ts'

const test = suite('output streams')

function streamWith(error?: NodeJS.ErrnoException): NodeJS.WriteStream {
  const stream = new PassThrough({
    transform(chunk: Buffer, _, done) {
      done(error ?? null, chunk)
    },
  })
  return stream as unknown as NodeJS.WriteStream
}

test('uses colour at terminals unless told otherwise', () => {
  assert.is(usesColour(true, {}), true)
  assert.is(usesColour(false, {}), false)
  assert.is(usesColour(true, { TERM: 'dumb' }), false)
  assert.is(usesColour(true, { NO_COLOR: '1' }), false)
  assert.is(usesColour(true, { NO_COLOR: '' }), true)
  assert.is(usesColour(false, { FORCE_COLOR: '1' }), true)
  assert.is(usesColour(false, { FORCE_COLOR: '' }), true)
  assert.is(usesColour(true, { FORCE_COLOR: '0' }), false)
  assert.is(usesColour(true, { FORCE_COLOR: '1', NO_COLOR: '1' }), false)
})

test('takes a reader that has gone for the end of writing, not for an error', async () => {
  const output = createOutput(streamWith(Object.assign(new Error('EPIPE'), { code: 'EPIPE' })))
  await output.write('x')
  await new Promise(setImmediate)
  assert.is(output.isClosed(), true)
  assert.is(output.failure(), undefined)
  await output.write('y')
})

test('keeps any other failure, for the exit code', async () => {
  const output = createOutput(streamWith(Object.assign(new Error('no space left'), { code: 'ENOSPC' })))
  await output.write('x')
  await new Promise(setImmediate)
  assert.is(output.failure()?.message, 'no space left')
})

test.run()
