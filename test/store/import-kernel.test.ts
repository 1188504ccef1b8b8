// Kernels come into the store unpacked, whatever they were packed by, and what is damaged does not.
// timeout: 600 s
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { createHash } from 'node:crypto'
import { UNPACK_FILE } from '../../src/host/built-files.ts'
import { findKernel } from '../../src/store/find-kernel.ts'
import { openStored } from '../../src/store/read-stored.ts'
import { blobPath } from '../../src/store/store-place.ts'
import { configText } from '../kernel/support/kernel-config.ts'
import { suite } from '../suite.ts'
import { bzImageOf, buildVmlinux, packPayload, PACKINGS, repack } from './support/pack-kernel.ts'
import { failure, withStore } from './support/scratch-store.ts'

const test = suite('import of kernels')
const skip = existsSync(UNPACK_FILE) ? false : 'volt-unpack is not built'
const debian = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'volt-lab', 'vmlinuz')
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const vmlinux = buildVmlinux()

for (const packing of PACKINGS) {
  test.skipIf(skip, `a bzImage packed by ${packing} is stored as the vmlinux in it`, async () => {
    await withStore(async ({ store, take }) => {
      const bzImage = bzImageOf(packPayload(vmlinux, packing))
      const { record, outcome, note } = await take(bzImage, 'small')
      assert.is(outcome, 'added')
      assert.is(note, undefined)
      assert.is(record.version, '6.1.0-1-amd64')
      assert.is(record.format, 'elf')
      assert.is(record.origin.packing, packing)
      assert.is(record.origin.sha256, sha256(bzImage))
      assert.equal(await readFile(blobPath(store, record.sha256)), vmlinux)
    })
  })
}

test.skipIf(skip, 'its configuration and its PVH entry are known from the store', async () => {
  await withStore(async ({ store, take }) => {
    await take(bzImageOf(packPayload(vmlinux, 'gzip')), 'small@1')
    const { image, handle } = await openStored(store, await findKernel('small', store))
    await handle.close()
    assert.is(image.config?.source, 'IKCONFIG')
    assert.is(image.config?.X86_MPPARSE, 'yes')
    assert.is(image.format === 'elf' && image.pvhEntry, 0x1000010)
  })
})

test.skipIf(skip, 'a vmlinux is stored as it is, with the configuration beside it', async () => {
  await withStore(async ({ store, directory, take }) => {
    const plain = Buffer.from(vmlinux)
    plain.write('NOCFG_ST', plain.indexOf('IKCFG_ST'), 'latin1')
    await writeFile(join(directory, 'config-6.1.0-9-test'), configText({ ACPI: false }))
    const { record } = await take(plain, 'plain')
    assert.is(record.version, '6.1.0-9-test')
    assert.is(record.sha256, sha256(plain))
    assert.is(record.config?.source, 'config-6.1.0-9-test')
    const { image, handle } = await openStored(store, record)
    await handle.close()
    assert.is(image.config?.ACPI, 'no')
  })
})

test.skipIf(skip, 'a bzImage with an ELF that is not packed gives that', async () => {
  await withStore(async ({ take }) => {
    const { record } = await take(bzImageOf(vmlinux), 'small')
    assert.is(record.origin.packing, 'none')
    assert.is(record.sha256, sha256(vmlinux))
  })
})

test.skipIf(
  skip,
  'a bzImage without a payload that can be found is stored as it is, and so is any with --as-is',
  async () => {
    await withStore(async ({ take }) => {
      const odd = bzImageOf(Buffer.from('packed in a way of its own, which nobody knows'))
      const { record, note } = await take(odd, 'odd')
      assert.is(record.format, 'bzimage')
      assert.is(record.sha256, sha256(odd))
      assert.match(note ?? '', 'kept as it is')
      const packed = bzImageOf(packPayload(vmlinux, 'xz'))
      assert.is((await take(packed, 'packed', { asIs: true })).record.sha256, sha256(packed))
    })
  },
)

test.skipIf(skip, 'lzma and lzo are refused, with what can be done', async () => {
  await withStore(async ({ take, blobs }) => {
    for (const payload of [packPayload(vmlinux, 'lzma'), Buffer.from('\x89LZO\0\r\n\x1a\n and more', 'latin1')]) {
      const { code, hint } = await failure(take(bzImageOf(payload), 'other'))
      assert.is(code, 'KERNEL_INVALID')
      assert.match(hint ?? '', '--as-is')
    }
    assert.equal(await blobs(), [])
  })
})

test.skipIf(skip, 'the same again is unchanged; another of that name and version wants to be asked for', async () => {
  await withStore(async ({ take }) => {
    assert.is((await take(vmlinux, 'one@1')).outcome, 'added')
    assert.is((await take(bzImageOf(packPayload(vmlinux, 'lz4')), 'one@1')).outcome, 'unchanged')
    const other = buildVmlinux(128 * 1024)
    assert.is((await failure(take(other, 'one@1'))).code, 'KERNEL_EXISTS')
    const { record, outcome } = await take(other, 'one@1', { replace: true })
    assert.is(outcome, 'replaced')
    assert.is(record.sha256, sha256(other))
  })
})

test.skipIf(
  skip,
  'names that can be paths or no file names are refused, and so is a kernel without a version',
  async () => {
    await withStore(async ({ directory, take }) => {
      for (const name of ['../x', 'a/b', 'builtin:x', 'X', 'x@', 'x@../y', '']) {
        assert.is((await failure(take(vmlinux, name))).code, 'USAGE', name)
      }
      const silent = Buffer.from(vmlinux)
      silent.fill(0, silent.indexOf('Linux version'), silent.indexOf('Linux version') + 64)
      assert.is((await failure(take(silent, 'silent'))).code, 'USAGE')
      await mkdir(join(directory, 'folder'))
      assert.is((await failure(take(vmlinux, 'x', { file: 'folder' }))).code, 'FILE_UNREADABLE')
    })
  },
)

const skipDebian = skip || existsSync(debian) ? skip : "Debian's kernel is not in the lab's cache (test/lab/prepare)"
test.skipIf(skipDebian, "Debian's kernel repacked in each way gives the same vmlinux byte for byte", async () => {
  await withStore(async ({ take, blobs }) => {
    const bzImage = await readFile(debian)
    const original = await take(bzImage, 'original')
    assert.is(original.record.origin.packing, 'xz')
    const path = join(debian, '..', 'vmlinux')
    const kernel = await readFile(path)
    assert.is(original.record.sha256, sha256(kernel))
    for (const packing of PACKINGS) {
      const { record } = await take(repack(bzImage, packPayload(kernel, packing)), `by-${packing}`)
      assert.is(record.origin.packing, packing)
      assert.is(record.sha256, original.record.sha256, packing)
    }
    assert.equal(await blobs(), [original.record.sha256])
  })
})

test.run()
