// Modules by name: all that they depend on, each once and in an order that loads; and what is wrong with them.
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { addModules } from '../../src/content/add-modules.ts'
import { cpioArchive, cpioBytes } from '../../src/content/cpio-archive.ts'
import { closeModules } from '../../src/content/module-closure.ts'
import { ModuleError } from '../../src/content/module-error.ts'
import { readDirectory } from '../../src/content/read-directory.ts'
import { moduleOf } from '../store/support/build-module.ts'
import { failure, suiteInPlace, writeTree, type Files } from './support-trees.ts'

const { test, place } = suiteInPlace('modules by name')
const RELEASE = '6.1.0-9-test'

/** By path without `kernel/` and `.ko`. */
type Modules = Record<string, Buffer>

const REAL: Modules = {
  'fs/ext4/ext4': moduleOf('ext4', ['jbd2', 'mbcache', 'crc16'], 'softdep=pre: crypto-crc32c'),
  'fs/jbd2/jbd2': moduleOf('jbd2', [], 'softdep=pre: crypto-crc32c'),
  'fs/mbcache': moduleOf('mbcache'),
  'arch/x86/crypto/crc32c-intel': moduleOf('crc32c_intel', [], 'alias=crypto-crc32c'),
  'crypto/crc32c_generic': moduleOf('crc32c_generic', [], 'alias=crypto-crc32c'),
  'drivers/block/virtio_blk': moduleOf('virtio_blk', ['virtio_ring', 'virtio']),
  'drivers/virtio/virtio': moduleOf('virtio', ['virtio_ring']),
  'drivers/virtio/virtio_ring': moduleOf('virtio_ring'),
}

function close(modules: Modules, ...names: string[]) {
  const bytes = new Map(Object.entries(modules).map(([path, content]) => [`kernel/${path}.ko`, content]))
  const files = [...bytes].map(([path, { length: size }]) => ({ path, size, offset: 0, sha256: '' }))
  const index = { files, builtin: ['crc16', 'binfmt_script'] }
  return closeModules(names, { index, read: ({ path }) => Promise.resolve(bytes.get(path) ?? Buffer.alloc(0)) })
}

async function order(modules: Modules, ...names: string[]): Promise<string[]> {
  return (await close(modules, ...names)).map(({ path }) => path.slice('kernel/'.length, -'.ko'.length))
}

async function wrong(modules: Modules, ...names: string[]): Promise<ModuleError> {
  const error = await failure(close(modules, ...names))
  if (error instanceof ModuleError) return error
  throw error
}

test('each comes behind what it depends on, and once', async () => {
  assert.equal(await order(REAL, 'virtio_blk', 'ext4', 'virtio-blk'), [
    'drivers/virtio/virtio_ring',
    'drivers/virtio/virtio',
    'drivers/block/virtio_blk',
    'crypto/crc32c_generic',
    'fs/jbd2/jbd2',
    'fs/mbcache',
    'fs/ext4/ext4',
  ])
})

test('- and _ are the same, in a manifest and in a package', async () => {
  assert.equal(await order(REAL, 'crc32c_intel'), ['arch/x86/crypto/crc32c-intel'])
  assert.equal(await order(REAL, 'virtio-ring'), ['drivers/virtio/virtio_ring'])
  const written = { 'a-b': moduleOf('a_b', ['c-d']), c_d: moduleOf('c_d') }
  assert.equal(await order(written, 'a_b'), ['c_d', 'a-b'])
})

test('what is part of the kernel counts as there', async () => {
  assert.equal(await order(REAL, 'binfmt-script', 'crc16'), [])
})

test('what is wished for behind a module comes behind it; a wish in a circle or for nothing is left out', async () => {
  const wishes = {
    a: moduleOf('a', [], 'softdep=pre: b nothing post: c'),
    b: moduleOf('b', [], 'softdep=pre: a'),
    c: moduleOf('c', [], 'softdep=pre: a'),
  }
  assert.equal(await order(wishes, 'a'), ['b', 'a', 'c'])
})

test('an unknown name is told with its place in the list and what may have been meant', async () => {
  const { message, hint, index } = await wrong(REAL, 'ext4', 'virtio_blck')
  assert.equal([message, hint, index], ['this kernel has no module virtio_blck', 'did you mean virtio_blk?', 1])
})

test('hostile modules are told by the name that led to them', async () => {
  const cases: [Modules, RegExp][] = [
    [
      { a: moduleOf('a', ['b']), b: moduleOf('b', ['c']), c: moduleOf('c', ['a']) },
      /a needs b needs c needs a: a circle/,
    ],
    [{ a: moduleOf('a', ['a']) }, /a needs a: a circle/],
    [{ a: moduleOf('a', ['../../etc/passwd']) }, /needs \.\.\/\.\.\/etc\/passwd, which this kernel does not have/],
    [{ a: moduleOf('a', ['x\u001b[2J\n']) }, /needs x\?\[2J\?, which/],
    [{ a: moduleOf('../b') }, /kernel\/a\.ko: the module is damaged: it calls itself \.\.\/b/],
    [{ a: moduleOf('a', ['b']), b: moduleOf('b').subarray(0, 200) }, /kernel\/b\.ko: the module is damaged/],
    [{ a: Buffer.from('no ELF') }, /is no ELF/],
  ]
  for (const [modules, expected] of cases) {
    const { message, index } = await wrong(modules, 'crc16', 'a')
    assert.match(message, expected)
    assert.is(index, 1)
  }
})

async function treeWith(name: string, files: Files, ...names: string[]) {
  const root = join(place.directory, name)
  await writeTree(root, files)
  return addModules(await readDirectory(root, './root'), await close(REAL, ...names), RELEASE, './root')
}

test('the tree has them below lib/modules, with the order to load them, and is the same each time', async () => {
  const files: Files = { 'init*': 'x', 'lib/firmware/a': 'y' }
  const tree = await treeWith('plain', files, 'virtio')
  const at = `lib/modules/${RELEASE}`
  assert.equal(
    tree.map(({ path, mode }) => `${path} ${mode.toString(8)}`),
    [
      'init 755',
      'lib 755',
      'lib/firmware 755',
      'lib/firmware/a 644',
      'lib/modules 755',
      `${at} 755`,
      `${at}/kernel 755`,
      `${at}/kernel/drivers 755`,
      `${at}/kernel/drivers/virtio 755`,
      `${at}/kernel/drivers/virtio/virtio.ko 644`,
      `${at}/kernel/drivers/virtio/virtio_ring.ko 644`,
      `${at}/modules.volt 644`,
    ],
  )
  const archive = async () => {
    const pieces: Buffer[] = []
    for await (const piece of cpioArchive(await treeWith('plain', files, 'virtio'))) pieces.push(piece)
    return Buffer.concat(pieces)
  }
  const bytes = await archive()
  assert.is(bytes.length, cpioBytes(tree))
  assert.ok(bytes.equals(await archive()))
  assert.ok(bytes.includes('kernel/drivers/virtio/virtio_ring.ko\nkernel/drivers/virtio/virtio.ko\n'))
})

test('a directory whose lib is a link to usr/lib has them there', async () => {
  const tree = await treeWith('merged', { lib: '-> usr/lib', 'usr/lib/a': '' }, 'virtio_ring')
  assert.ok(tree.some(({ path }) => path === `usr/lib/modules/${RELEASE}/kernel/drivers/virtio/virtio_ring.ko`))
  assert.not(tree.some(({ path }) => path.startsWith('lib/')))
})

test('what is in the way in the directory is told', async () => {
  const cases: [Files, RegExp][] = [
    [{ lib: '-> ../elsewhere' }, /lib in \.\/root is a symlink/],
    [{ 'lib/modules': 'x' }, /lib\/modules in \.\/root is a file/],
    [{ [`lib/modules/${RELEASE}/modules.volt`]: 'x' }, /modules\.volt in \.\/root is a file/],
  ]
  for (const [number, [files, expected]] of cases.entries()) {
    const error = await failure(treeWith(`way-${number}`, files, 'virtio'))
    assert.equal([error.code, error.fault], ['CONTENT_INVALID', 'unfit'])
    assert.match(error.message, expected)
  }
})

test.run()
