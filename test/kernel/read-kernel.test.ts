// Files that are no kernels, digests, and that a handle is left as it was.
import { createHash } from 'node:crypto'
import { appendFile, mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import { hashFile } from '../../src/kernel/hash-file.ts'
import { KernelError } from '../../src/kernel/kernel-error.ts'
import { readInitrd, readKernel } from '../../src/kernel/read-kernel.ts'
import { suite } from '../suite.ts'
import { buildElf } from './support/build-elf.ts'
import { faultOf, readBytes } from './support/read-bytes.ts'

const test = suite('kernel files')
const elf = buildElf({ segments: [{ physicalAddress: 0x100000n, content: Buffer.alloc(2_500_000, 0xf4) }] })
let directory = ''

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'volt-kernel-'))
})
test.after(() => rm(directory, { recursive: true }))

function at(offset: number, magic: string, length = 4096): Buffer {
  const bytes = Buffer.alloc(length, 0x01)
  bytes.write(magic, offset, 'latin1')
  return bytes
}

const FOREIGN: [content: Buffer, sentence: RegExp][] = [
  [gzipSync('kernel'), /gzip/],
  [at(0, '\xfd7zXZ\0'), /an xz file/],
  [at(0, '\x28\xb5\x2f\xfd'), /zstd/],
  [at(0, '070701'), /cpio/],
  [at(0x38, 'ARM\x64'), /arm64/],
  [at(0x38, 'RSC\x05'), /RISC-V/],
  [at(0, 'QFI\xfb'), /qcow2/],
  [at(0x438, '\x53\xef'), /ext file system/],
  [at(510, '\x55\xaa'), /disk image/],
  [at(0, 'MZ'), /EFI or Windows/],
  [at(0, 'MZ', 100), /EFI or Windows/],
  [Buffer.from('#!/bin/sh\n'), /a script/],
  [Buffer.from('vmlinuz goes here\n'), /a text file/],
  [Buffer.from('gr\xc3\xbc\xc3\x9fe\n', 'latin1'), /a text file/],
  [Buffer.from('x'), /a text file/],
  [Buffer.alloc(1), /not a kernel/],
  [Buffer.alloc(4096), /not a kernel/],
  [Buffer.alloc(0), /empty/],
]

for (const [content, sentence] of FOREIGN) {
  test(`${content.length} bytes of what is no kernel: ${sentence.source}`, async () => {
    const error = await faultOf(content)
    assert.equal([error.code, error.fault], ['KERNEL_INVALID', 'foreign'])
    assert.match(error.message, sentence)
  })
}

test('the digest is that of the whole file', async () => {
  const image = await readBytes(elf)
  assert.is(image.sha256, createHash('sha256').update(elf).digest('hex'))
  assert.is(image.size, elf.length)
})

test('the handle stays open, and where it was', async () => {
  const path = join(directory, 'elf')
  await writeFile(path, elf)
  const handle = await open(path)
  try {
    await handle.read(Buffer.alloc(100), 0, 100)
    await readKernel(handle)
    const next = Buffer.alloc(1)
    await handle.read(next, 0, 1)
    assert.is(next[0], elf[100])
  } finally {
    await handle.close()
  }
})

test('an initrd may be anything but empty, too large, or no file', async () => {
  const path = join(directory, 'initrd')
  await writeFile(path, 'anything')
  const check = async (wanted: RegExp | null, name = path) => {
    const handle = await open(name)
    const result = await readInitrd(handle).catch((error: unknown) => error as KernelError)
    await handle.close()
    if (wanted === null) assert.not.instance(result, Error)
    else assert.ok(result instanceof KernelError && wanted.test(result.message))
  }
  await check(null)
  await truncate(path, 0)
  await check(/empty/)
  await truncate(path, 4 * 1024 ** 3 + 1)
  await check(/larger than 4 GiB/)
  await check(/not a regular file/, directory)
})

test('a file that grows or shrinks while it is read is refused', async () => {
  const path = join(directory, 'changing')
  await writeFile(path, 'twelve bytes')
  const handle = await open(path)
  try {
    await appendFile(path, 'more')
    assert.instance(await hashFile(handle, 12).catch((error: unknown) => error), KernelError)
    await truncate(path, 3)
    assert.instance(await hashFile(handle, 12).catch((error: unknown) => error), KernelError)
  } finally {
    await handle.close()
  }
})

test.run()
