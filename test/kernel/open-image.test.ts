// Finding and opening what a manifest names.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { openImage } from '../../src/kernel/open-image.ts'
import { readKernel } from '../../src/kernel/read-kernel.ts'
import { VoltError } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'

const test = suite('opening images')
let directory = ''

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'volt-open-'))
  await mkdir(join(directory, 'boot'))
  await writeFile(join(directory, 'boot', 'vmlinux'), 'kernel')
})
test.after(() => rm(directory, { recursive: true }))

async function refusal(reference: string): Promise<VoltError> {
  const error = await openImage(reference, directory).catch((caught: unknown) => caught)
  assert.instance(error, VoltError, reference)
  return error as VoltError
}

test('a relative path starts from the directory, an absolute one does not', async () => {
  const path = join(directory, 'boot', 'vmlinux')
  for (const [reference, from] of [
    ['./boot/vmlinux', directory],
    ['vmlinux', join(directory, 'boot')],
    [path, '/'],
  ]) {
    const image = await openImage(reference ?? '', from ?? '')
    await image.handle.close()
    assert.equal([image.path, image.source], [path, path])
  }
})

test('a symbolic link to a file is followed', async () => {
  await symlink('boot/vmlinux', join(directory, 'link'))
  const { handle } = await openImage('link', directory)
  assert.is((await handle.readFile('utf8')).toString(), 'kernel')
  await handle.close()
})

test('builtin:hello is a kernel of the package, whatever the directory', async () => {
  const { handle, source } = await openImage('builtin:hello', '/')
  const image = await readKernel(handle)
  await handle.close()
  assert.equal([source, image.format], ['builtin:hello', 'elf'])
})

test('other builtins do not exist, names of object properties among them', async () => {
  for (const name of ['builtin:helo', 'builtin:', 'builtin:constructor', 'builtin:../../package.json']) {
    assert.is((await refusal(name)).code, 'FILE_UNREADABLE')
  }
})

test('what is not there, no file, or below a file is refused with the reason', async () => {
  await symlink('loop', join(directory, 'loop'))
  const cases: [string, RegExp][] = [
    ['none', /none does not exist/],
    ['boot', /a directory/],
    ['/dev/null', /a device/],
    ['boot/vmlinux/x', /does not exist/],
    ['loop', /ELOOP/],
    ['a\0b', /cannot be opened/],
  ]
  for (const [reference, sentence] of cases) {
    const error = await refusal(reference)
    assert.is(error.code, 'FILE_UNREADABLE')
    assert.match(error.message, sentence)
  }
})

test('a missing path with a tilde says that it is not expanded', async () => {
  assert.match((await refusal('~/vmlinux')).hint ?? '', /not expanded/)
})

test.run()
