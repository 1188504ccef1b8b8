// A package's modules come into the store with its kernel, and go with it.
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import { UNPACK_FILE } from '../../src/host/built-files.ts'
import type { KernelRecord } from '../../src/store/kernel-record.ts'
import { moduleName, parseModulePath, readModuleIndex } from '../../src/store/module-index.ts'
import { readModule } from '../../src/store/read-module.ts'
import { blobPath, type Store } from '../../src/store/store-place.ts'
import { pruneStore, removeKernel } from '../../src/store/sweep.ts'
import { suite } from '../suite.ts'
import { buildDeb, type TarMember } from './support/build-deb.ts'
import { moduleOf } from './support/build-module.ts'
import { buildVmlinux, pack } from './support/pack-kernel.ts'
import { failure, LOCK, withStore } from './support/scratch-store.ts'

const test = suite('modules of stored kernels')
const skip = existsSync(UNPACK_FILE) ? false : 'volt-unpack is not built'
const RELEASE = '6.1.0-9-test'
const vmlinux = buildVmlinux(4096)
const KERNEL: TarMember = { name: `./boot/vmlinux-${RELEASE}`, content: vmlinux }

function at(path: string, content: Buffer, root = 'lib'): TarMember {
  return { name: `./${root}/modules/${RELEASE}/${path}`, content }
}

function packageOf(...members: TarMember[]): Buffer {
  return buildDeb({ members: [KERNEL, ...members] })
}

/** A blob may not be written to. */
async function overwrite(path: string, content: Buffer): Promise<void> {
  await rm(path)
  await writeFile(path, content)
}

/** Of each module its path and its bytes, unpacked. */
async function filesOf(store: Store, record: KernelRecord): Promise<[string, Buffer][]> {
  const { files } = (await readModuleIndex(store, record)) ?? { files: [] }
  const read = async (file: (typeof files)[number]): Promise<[string, Buffer]> => [file.path, await readModule(store, record, file)] // prettier-ignore
  return Promise.all(files.map(read))
}

test.skipIf(skip, 'those of its own release are kept, whatever they are packed by', async () => {
  await withStore(async ({ store, take }) => {
    const [ext4, vsock, xfs] = [moduleOf('ext4'), moduleOf('vsock'), moduleOf('xfs')]
    const { record } = await take(
      packageOf(
        at('kernel/fs/ext4/ext4.ko', ext4),
        at('kernel/net/vsock.ko.xz', pack(vsock, 'xz', '--check=crc32')),
        at('kernel/fs/xfs/xfs.ko.gz', pack(xfs, 'gzip')),
        at('modules.builtin', Buffer.from('kernel/fs/binfmt-script.ko\nkernel/lib/crc16.ko\n')),
        at('modules.order', Buffer.from('no module')),
        { name: './lib/modules/5.0/kernel/ext4.ko', content: Buffer.from('of another') },
      ),
      'k@1',
    )
    assert.is(record.modules?.release, RELEASE)
    assert.equal([record.modules?.count, record.modules?.builtin], [3, 2])
    const expected = [['kernel/fs/ext4/ext4.ko', ext4], ['kernel/net/vsock.ko', vsock], ['kernel/fs/xfs/xfs.ko', xfs]] // prettier-ignore
    assert.equal(await filesOf(store, record), expected)
    assert.equal((await readModuleIndex(store, record))?.builtin, ['binfmt_script', 'crc16'])
  })
})

test.skipIf(skip, 'a package has them in usr/lib, too', async () => {
  await withStore(async ({ store, take }) => {
    const { record } = await take(packageOf(at('kernel/a.ko', moduleOf('a'), 'usr/lib')), 'k@1')
    assert.equal(await filesOf(store, record), [['kernel/a.ko', moduleOf('a')]])
  })
})

test.skipIf(skip, 'a file and a package without modules have none', async () => {
  await withStore(async ({ store, take, blobs }) => {
    const { record } = await take(vmlinux, 'file@1')
    assert.is(await readModuleIndex(store, record), undefined)
    assert.is((await take(packageOf(), 'package@1')).record.modules, undefined)
    assert.equal((await blobs()).length, 2)
  })
})

test.skipIf(skip, 'a package adds them to the kernel that is there without', async () => {
  await withStore(async ({ take }) => {
    await take(vmlinux, 'k@1')
    const { outcome, record } = await take(packageOf(at('kernel/a.ko', moduleOf('a'))), 'k@1')
    assert.equal([outcome, record.modules?.count], ['replaced', 1])
    assert.is((await take(vmlinux, 'k@1')).record.modules?.count, 1)
    const other = packageOf(at('kernel/b.ko', moduleOf('b')))
    assert.is((await failure(take(other, 'k@1'))).code, 'KERNEL_EXISTS')
    assert.is((await take(other, 'k@1', { replace: true })).outcome, 'replaced')
  })
})

test.skipIf(skip, 'rm and prune remove them with the last kernel that has them', async () => {
  await withStore(async ({ store, take, blobs }) => {
    const deb = packageOf(at('kernel/a.ko', moduleOf('a')))
    const { record } = await take(deb, 'k@1')
    await take(deb, 'l@1')
    const whole = (await blobs()).sort()
    assert.is(whole.length, 4)
    await removeKernel(store, 'l', new Set(), LOCK)
    assert.equal((await blobs()).sort(), whole)
    await pruneStore(store, { inUse: new Set([record.sha256]) }, LOCK)
    assert.equal((await blobs()).sort(), whole)
    const swept = await pruneStore(store, { inUse: new Set() }, LOCK)
    assert.is(swept.blobs.length, 4)
    assert.equal(await blobs(), [])
  })
})

test.skipIf(skip, 'what was damaged on the disk is told', async () => {
  await withStore(async ({ store, take }) => {
    const { record } = await take(packageOf(at('kernel/a.ko', moduleOf('a'))), 'k@1')
    const [file] = (await readModuleIndex(store, record))?.files ?? []
    const { modules } = record
    if (file === undefined || modules === undefined) throw new Error('it has no module')
    const path = blobPath(store, modules.files.sha256)
    const bytes = await readFile(path)
    await overwrite(path, bytes.fill(0, 70, 71))
    assert.is((await failure(readModule(store, record, file))).code, 'STATE_INVALID')
    await overwrite(path, bytes.subarray(0, 10))
    assert.is((await failure(readModule(store, record, file))).code, 'STATE_INVALID')
    await overwrite(blobPath(store, modules.index.sha256), Buffer.from('{}'))
    assert.is((await failure(readModuleIndex(store, record))).code, 'STATE_INVALID')
  })
})

test.skipIf(
  skip,
  'a module that does not unpack, or is larger than is allowed, is refused when it is read',
  async () => {
    await withStore(async ({ store, take }) => {
      const bomb = pack(Buffer.alloc(65 << 20), 'gzip')
      const broken = pack(moduleOf('b'), 'xz').subarray(0, 60)
      const large = at('kernel/c.ko', Buffer.alloc((64 << 20) + 1))
      const { record } = await take(packageOf(at('kernel/a.ko.gz', bomb), at('kernel/b.ko.xz', broken), large), 'k@1')
      for (const file of (await readModuleIndex(store, record))?.files ?? []) {
        assert.is((await failure(readModule(store, record, file))).code, 'KERNEL_INVALID', file.path)
      }
    })
  },
)

test.skipIf(skip, 'two modules of one name are refused, and leave nothing', async () => {
  await withStore(async ({ take, blobs }) => {
    const twice = packageOf(at('kernel/a/x-y.ko', moduleOf('x_y')), at('kernel/b/x_y.ko.xz', Buffer.from('x')))
    const { code, message } = await failure(take(twice, 'k@1'))
    assert.is(code, 'KERNEL_INVALID')
    assert.match(message, 'kernel/a/x-y.ko and kernel/b/x_y.ko')
    assert.equal(await blobs(), [])
  })
})

test('only a plain path below kernel/ is a module', () => {
  assert.equal(parseModulePath('kernel/fs/nls/nls_iso8859-1.ko'), { path: 'kernel/fs/nls/nls_iso8859-1.ko' })
  assert.equal(parseModulePath('kernel/a.ko.zst'), { path: 'kernel/a.ko', packing: 'zstd' })
  for (const path of ['a.ko', 'kernel/../../a.ko', 'kernel/a b.ko', 'kernel/.ko', 'kernel/a.ko.lzo', 'kernel/ä.ko']) {
    assert.is(parseModulePath(path), undefined, path)
  }
  assert.is(moduleName('kernel/fs/nls/nls_iso8859-1.ko'), 'nls_iso8859_1')
})

test.run()
