// Loading the addon and its errors.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { fromNative } from '../../src/host/native-error.ts'
import { load } from '../../src/host/native.ts'
import { VoltError } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'

const test = suite('the addon')

function loadError(file: string): VoltError {
  try {
    load(file)
  } catch (error) {
    assert.instance(error, VoltError)
    return error as VoltError
  }
  throw new Error(`${file} was loaded`)
}

test('says how to build it when it is missing', () => {
  const error = loadError('/nonexistent/volt.node')
  assert.is(error.code, 'NOT_BUILT')
  assert.match(error.hint ?? '', 'npm run setup')
})

test('says how to build it when it does not load', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'volt-native-'))
  await writeFile(join(directory, 'volt.node'), 'not an object file')
  assert.is(loadError(join(directory, 'volt.node')).code, 'NOT_BUILT')
  await rm(directory, { recursive: true })
})

test('keeps code, errno and hint of its errors', () => {
  const native = Object.assign(new Error('no such capability'), {
    code: 'KVM_CAPABILITY',
    errno: 22,
    hint: 'newer kernel',
  })
  const error = fromNative(native)
  assert.equal(
    [error.code, error.message, error.errno, error.hint, error.cause],
    ['KVM_CAPABILITY', 'no such capability', 22, 'newer kernel', native],
  )
})

test('makes a host error of a code outside the contract', () => {
  assert.is(fromNative(Object.assign(new Error('odd'), { code: 'ODD' })).code, 'HOST_ERROR')
})

test.run()
