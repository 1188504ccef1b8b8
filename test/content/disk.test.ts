// ext4 file systems from trees: what a checker and a reader find in them, the same bytes each time, sizes that do not do.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { buildDisk } from '../../src/content/build-disk.ts'
import { directoryContent } from '../../src/content/directory-content.ts'
import type { DiskContent } from '../../src/content/disk-content.ts'
import { findE2fsTools } from '../../src/content/e2fs-tools.ts'
import { debugfsScript } from '../../src/content/debugfs-script.ts'
import { makeExt4 } from '../../src/content/make-ext4.ts'
import { readDirectory } from '../../src/content/read-directory.ts'
import { sortTree, type FileBytes, type Tree } from '../../src/content/tree.ts'
import { storeIn } from '../../src/store/store-place.ts'
import { failure, LOCK, suiteInPlace, writeTree, type Files } from './support-trees.ts'

const { test, place } = suiteInPlace('disks from files')
const MIB = 1024 ** 2
const IDENTITY = '0123456789abcdef'.repeat(4)
const FILES: Files = {
  'sbin/init*': '#!/bin/sh\n',
  'a "quoted" name': 'q',
  '<12>': 'no inode',
  '#comment': 'none',
  'back\\slash': 'b',
  'usr/bin/über': 'x'.repeat(70_000),
  bin: '-> usr/bin',
  long: `-> ${'l'.repeat(200)}`,
  empty: '',
  deep: null,
}

/** What e2fsck finds, which is nothing. */
function check(image: string): void {
  execFileSync('/usr/sbin/e2fsck', ['-fn', image], { stdio: 'pipe' })
}

/** The answer of debugfs to one request. */
function ask(image: string, request: string): string {
  return execFileSync('/usr/sbin/debugfs', ['-R', request, image], { encoding: 'utf8', stdio: 'pipe' })
}

async function make(name: string, tree: Tree, sizeBytes = 32 * MIB, identity = IDENTITY): Promise<string> {
  const image = join(place.directory, name)
  await writeFile(image, '')
  await makeExt4(image, { tools: await findE2fsTools(), tree, sizeBytes, identity })
  check(image)
  return image
}

async function bytesOf(name: string, content: string | Buffer): Promise<FileBytes> {
  const source = join(place.directory, name)
  await writeFile(source, content)
  return { source, size: content.length }
}

test('owners, modes, times, devices, links and odd names are as the tree has them', async () => {
  const owned = { uid: 100_000, gid: 70_000, mtime: 86_400 }
  const shared = await bytesOf('shared', 'shared')
  const tree = sortTree([
    { ...owned, path: 'home', kind: 'directory', mode: 0o1777 },
    { ...owned, path: 'home/su "do"', kind: 'file', mode: 0o4755, bytes: shared },
    { ...owned, path: 'home/same', kind: 'file', mode: 0o4755, bytes: shared },
    { ...owned, path: 'home/<11>', kind: 'symlink', mode: 0o777, target: '../../../etc "x"' },
    { ...owned, path: 'home/null', kind: 'character', mode: 0o666, major: 1, minor: 300 },
    { ...owned, path: 'home/disk', kind: 'block', mode: 0o660, major: 259, minor: 7 },
    { ...owned, path: 'home/pipe', kind: 'fifo', mode: 0o600 },
  ])
  const image = await make('odd.img', tree)
  const lines = ask(image, 'ls -l /home').trimEnd().split('\n').map((line) => line.trim().replace(/ +/g, ' ').replace(/^\d+ /, '')) // prettier-ignore
  assert.equal(lines.slice(2).sort(), [
    '60660 (4) 100000 70000 0 2-Jan-1970 00:00 disk',
    '104755 (1) 100000 70000 6 2-Jan-1970 00:00 same',
    '104755 (1) 100000 70000 6 2-Jan-1970 00:00 su "do"',
    '10600 (5) 100000 70000 0 2-Jan-1970 00:00 pipe',
    '120777 (7) 100000 70000 16 2-Jan-1970 00:00 <11>',
    '20666 (3) 100000 70000 0 2-Jan-1970 00:00 null',
  ].sort()) // prettier-ignore
  assert.match(lines[0] ?? '', /^41777 /)
  assert.match(ask(image, 'stat "/home/su ""do"""'), /Links: 2 /)
  assert.match(ask(image, 'stat /home/null'), /Device major\/minor number: 01:300/)
  assert.match(ask(image, 'stat /home/<11>'), /Fast link dest: "\.\.\/\.\.\/\.\.\/etc "x""/)
  assert.is(ask(image, 'cat /home/same'), 'shared')
})

test('a directory is the same bytes twice, and others where something differs', async () => {
  const root = join(place.directory, 'root')
  await writeTree(root, FILES)
  const read = async (name: string, identity?: string): Promise<Buffer> => {
    const content = await directoryContent(root, './root')
    const image = await content.withTree({ directory: place.directory, sizeBytes: 0 }, (tree) => make(name, tree, 32 * MIB, identity)) // prettier-ignore
    return readFileSync(image)
  }
  const first = await read('first.img')
  // Another inode, other times, and holes where there were none.
  await rm(join(root, 'usr/bin/über'))
  await writeFile(join(root, 'usr/bin/über'), 'x'.repeat(70_000))
  assert.ok(first.equals(await read('second.img')))
  assert.not(first.equals(await read('third.img', IDENTITY.replace('0', '1'))))
  assert.is(ask(join(place.directory, 'first.img'), 'cat "/usr/bin/über"').length, 70_000)
  assert.is(ask(join(place.directory, 'first.img'), 'cat "/a ""quoted"" name"'), 'q')
})

test('holes of a file are holes of the disk, whatever the host made of them', async () => {
  const content = Buffer.concat([Buffer.alloc(MIB), Buffer.from('end')])
  const file = { uid: 0, gid: 0, mtime: 0, kind: 'file', mode: 0o644 } as const
  const dense = await make('dense.img', [{ ...file, path: 'f', bytes: await bytesOf('dense', content) }])
  const source = join(place.directory, 'sparse')
  await writeFile(source, '')
  execFileSync('truncate', ['-s', '1M', source])
  await writeFile(source, 'end', { flag: 'a' })
  const sparse = await make('sparse.img', [{ ...file, path: 'f', bytes: { source, size: content.length } }])
  assert.ok(readFileSync(dense).equals(readFileSync(sparse)))
})

test('a size that does not do is told with one that does; so is one for many small files', async () => {
  const bytes = await bytesOf('big', Buffer.alloc(40 * MIB, 1))
  const file = { uid: 0, gid: 0, mtime: 0, kind: 'file', mode: 0o644 } as const
  const many = await Promise.all(Array.from({ length: 3000 }, async (_, index) => ({ ...file, path: `f${index}`, bytes: await bytesOf('tiny', String(index % 10)).then((tiny) => ({ ...tiny })) }))) // prettier-ignore
  for (const [tree, small] of [
    [[{ ...file, path: 'f', bytes }], 16],
    [sortTree(many), 8],
  ] as [Tree, number][]) {
    // prettier-ignore
    const error = await failure(make('small.img', tree, small * MIB))
    assert.equal([error.code, error.fault], ['CONTENT_INVALID', 'small'], error.message)
    const needed = Number(/needs (\d+)MiB/.exec(error.message)?.[1])
    assert.ok(needed > small && needed < 60, String(needed))
    await make('enough.img', tree, needed * MIB)
    await failure(make('short.img', tree, (needed - 2) * MIB))
  }
})

test('built once by what it is made from, read-only, with a fixed time; nothing half-done stays', async () => {
  const root = join(place.directory, 'built')
  const store = storeIn(join(place.directory, 'store'))
  await writeTree(root, FILES)
  const build = async (size = 32 * MIB) => buildDisk(store, await directoryContent(root, 'r'), size, LOCK)
  const first = await build()
  const { mode, mtimeMs, size } = await stat(first.path)
  assert.equal([first.fresh, mode & 0o777, mtimeMs, size], [true, 0o444, 1000, 32 * MIB])
  assert.equal(await build(), { ...first, fresh: false })
  const larger = await build(64 * MIB)
  assert.equal([larger.inputs, larger.path !== first.path], [first.inputs, true])
  await writeFile(join(root, 'empty'), 'x')
  assert.not.equal((await build()).inputs, first.inputs)
  // What a build that was killed left is gone with the next.
  await mkdir(join(store.disks, '.staging.0123456789ab/x'), { recursive: true })
  await writeFile(join(root, 'empty'), 'y')
  const stopping = new AbortController()
  const content = await directoryContent(root, 'r')
  const stoppedAtWork: DiskContent = {
    ...content,
    withTree: (request, use) =>
      content.withTree(request, (tree) => {
        stopping.abort(new Error('stopped'))
        return use(tree)
      }),
  }
  const stopped = await failure(buildDisk(store, stoppedAtWork, 32 * MIB, { ...LOCK, signal: stopping.signal }))
  assert.is(stopped.message, 'stopped')
  await build()
  assert.equal((await readdir(store.disks)).filter((name) => name.startsWith('.')), []) // prettier-ignore
})

test('below a directory whose name would be a command of its own nothing is read', async () => {
  const root = join(place.directory, 'a\n!touch pwned;#', 'root')
  await mkdir(root, { recursive: true })
  await writeFile(join(root, 'init'), '')
  const tree = await readDirectory(root, './root')
  const error = await failure((async () => void [...debugfsScript(tree)])())
  assert.match(error.message, /has control characters in its name$/)
})

test.run()
