// Why /dev/kvm does not open, in words.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { explainKvmFailure, openKvm } from '../../src/host/open-kvm.ts'
import { VoltError } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'

const test = suite('opening /dev/kvm')

test('says what to load when the device is missing', async () => {
  const error = await openKvm('/nonexistent/kvm').catch((caught: unknown) => caught)
  assert.instance(error, VoltError)
  assert.is((error as VoltError).code, 'KVM_MISSING')
  assert.match((error as VoltError).hint ?? '', 'modprobe kvm_')
  assert.is((error as VoltError).errno, 2)
})

test('names the group, and whose the device is, when permission is missing', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'volt-kvm-'))
  const path = join(directory, 'kvm')
  await writeFile(path, '', { mode: 0o600 })
  const refused = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES', errno: -13 })
  const error = await explainKvmFailure(path, refused)
  assert.is(error.code, 'KVM_PERMISSION')
  assert.match(error.message, /belongs to user \d+ and group \d+, mode 0600/)
  assert.match(error.hint ?? '', 'usermod -aG kvm')
  assert.is(error.errno, 13)
  await rm(directory, { recursive: true })
})

test('is a host error for anything else', async () => {
  const error = await openKvm('/').catch((caught: unknown) => caught)
  assert.is((error as VoltError).code, 'HOST_ERROR')
})

test.run()
