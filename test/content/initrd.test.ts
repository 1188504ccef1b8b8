// Initrds from directories: what is in them, the same bytes from every checkout, built when something differs and not else.
import { execFileSync } from 'node:child_process'
import { chmod, lutimes, mkdir, readdir, readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { buildInitrd } from '../../src/content/build-initrd.ts'
import { cpioArchive, cpioBytes } from '../../src/content/cpio-archive.ts'
import { readDirectory } from '../../src/content/read-directory.ts'
import { sortTree, type TreeEntry } from '../../src/content/tree.ts'
import { storeIn } from '../../src/store/store-place.ts'
import { failure, LOCK, suiteInPlace, writeTree, type Files } from './support-trees.ts'

const { test, place } = suiteInPlace('initrd from a directory')
const FILES: Files = {
  'init*': '#!/bin/sh\nexec sh\n',
  'etc/motd': 'grüße\n',
  'etc/empty': '',
  'a-b/c': 'c',
  'a/b': 'b',
  bin: '-> usr/bin',
  'usr/bin/über': 'x'.repeat(70_000),
  dev: null,
}

async function archiveOf(root: string): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of cpioArchive(await readDirectory(root, './root'))) pieces.push(piece)
  return Buffer.concat(pieces)
}

function listed(archive: Buffer, ...words: string[]): string {
  return execFileSync('cpio', ['--quiet', '-tv', '--numeric-uid-gid', ...words], { input: archive, encoding: 'utf8', env: { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8' } }) // prettier-ignore
}

test('cpio finds what was in the directory: sorted, owned by root, of 1970', async () => {
  const root = join(place.directory, 'root')
  await writeTree(root, FILES)
  await chmod(join(root, 'etc/motd'), 0o600)
  const archive = await archiveOf(root)
  assert.is(archive.length, cpioBytes(await readDirectory(root, './root')))
  const lines = listed(archive)
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/ +/g, ' '))
  assert.equal(lines, [
    'drwxr-xr-x 2 0 0 0 Jan 1 1970 a',
    'drwxr-xr-x 2 0 0 0 Jan 1 1970 a-b',
    '-rw-r--r-- 1 0 0 1 Jan 1 1970 a-b/c',
    '-rw-r--r-- 1 0 0 1 Jan 1 1970 a/b',
    'lrwxrwxrwx 1 0 0 7 Jan 1 1970 bin -> usr/bin',
    'drwxr-xr-x 2 0 0 0 Jan 1 1970 dev',
    'drwxr-xr-x 2 0 0 0 Jan 1 1970 etc',
    '-rw-r--r-- 1 0 0 0 Jan 1 1970 etc/empty',
    '-rw-r--r-- 1 0 0 8 Jan 1 1970 etc/motd',
    '-rwxr-xr-x 1 0 0 18 Jan 1 1970 init',
    'drwxr-xr-x 2 0 0 0 Jan 1 1970 usr',
    'drwxr-xr-x 2 0 0 0 Jan 1 1970 usr/bin',
    '-rw-r--r-- 1 0 0 70000 Jan 1 1970 usr/bin/über',
  ])
  const unpacked = execFileSync('cpio', ['--quiet', '-i', '--to-stdout', 'usr/bin/über', 'etc/motd'], {
    input: archive,
  })
  assert.is(unpacked.toString(), `${FILES['etc/motd']}${FILES['usr/bin/über']}`)
})

test('two checkouts are the same bytes, whatever their times, modes and order', async () => {
  const [one, two] = [join(place.directory, 'one'), join(place.directory, 'two')]
  await writeTree(one, FILES)
  await writeTree(two, Object.fromEntries(Object.entries(FILES).reverse()))
  await chmod(join(two, 'etc'), 0o700)
  await chmod(join(two, 'etc/motd'), 0o664)
  await chmod(join(two, 'init'), 0o700)
  await utimes(join(two, 'init'), 1, 2)
  await lutimes(join(two, 'bin'), 3, 4)
  assert.ok((await archiveOf(one)).equals(await archiveOf(two)))
  await chmod(join(two, 'init'), 0o644)
  assert.not((await archiveOf(one)).equals(await archiveOf(two)))
})

test('devices are what they were', async () => {
  const owned = { mode: 0o620, uid: 0, gid: 0, mtime: 0 }
  const entries: TreeEntry[] = [
    { ...owned, path: 'tty', kind: 'character', major: 4, minor: 64 },
    { ...owned, path: 'disk', kind: 'block', major: 259, minor: 65537 },
    { ...owned, path: 'pipe', kind: 'fifo' },
  ]
  const pieces: Buffer[] = []
  for await (const piece of cpioArchive(sortTree(entries))) pieces.push(piece)
  const lines = listed(Buffer.concat(pieces)).replace(/ +/g, ' ')
  assert.match(lines, /^brw--w---- 1 0 0 259, ?65537 .* disk\nprw--w---- .* pipe\ncrw--w---- 1 0 0 4, ?64 .* tty$/m)
})

test.skipIf(
  process.getuid?.() !== 0 && 'only root reads any device',
  'a device of the host keeps its numbers',
  async () => {
    const tree = await readDirectory('/dev', '/dev').catch((error: Error) => error.message)
    // Something in /dev may be a socket, which is told.
    if (typeof tree === 'string') return assert.match(tree, /is a socket/)
    const found = tree.find(({ path }) => path === 'null')
    assert.equal(found?.kind === 'character' && [found.major, found.minor], [1, 3])
  },
)

test('a socket, odd names and what is no directory are refused by name', async () => {
  const root = join(place.directory, 'odd')
  await mkdir(root)
  const refusal = async () => (await failure(readDirectory(root, './odd'))).message
  const server = createServer().listen(join(root, 'sock'))
  await new Promise((resolve) => server.once('listening', resolve))
  assert.is(await refusal(), 'odd/sock is a socket, which only a running program can make')
  await new Promise((resolve) => server.close(resolve))
  await writeFile(join(root, 'a\nb'), '')
  assert.is(await refusal(), 'a name in odd/ has control characters'.replace('/', ''))
  const foreign = join(place.directory, 'latin1')
  await mkdir(foreign)
  await writeFile(Buffer.concat([Buffer.from(`${foreign}/`), Buffer.from([0xfc])]), '')
  assert.match((await failure(readDirectory(foreign, './l'))).message, /is not UTF-8$/)
  assert.match((await failure(readDirectory(join(root, 'no'), './no'))).message, /^\.\/no is not there$/)
  assert.match((await failure(readDirectory('/etc/hostname', 'x'))).message, /^x is no directory$/)
})

test('built once, found again, built anew when something differs; nothing half-done stays', async () => {
  const root = join(place.directory, 'built')
  const store = storeIn(join(place.directory, 'store'))
  await writeTree(root, FILES)
  const build = async () => buildInitrd(store, await readDirectory(root, 'r'), 'r', LOCK)
  const first = await build()
  const archive = await readFile(first.path)
  assert.ok(archive.equals(await archiveOf(root)))
  assert.equal([first.fresh, (await stat(first.path)).mode & 0o777], [true, 0o444])
  assert.equal(await build(), { path: first.path, fresh: false })
  await writeFile(join(root, 'etc/empty'), 'x')
  const second = await build()
  assert.equal([second.fresh, second.path !== first.path], [true, true])
  // A file that grows between the look and the build.
  const tree = await readDirectory(root, 'r')
  await truncate(join(root, 'etc/motd'), 3)
  assert.match((await failure(buildInitrd(store, tree, 'r', LOCK))).message, /etc\/motd changed while it was read$/)
  await writeFile(join(root, 'etc/motd'), 'other')
  const stopped = AbortSignal.abort(new Error('stopped'))
  assert.is((await failure(readDirectory(root, 'r').then((t) => buildInitrd(store, t, 'r', { ...LOCK, signal: stopped })))).message, 'stopped') // prettier-ignore
  assert.is((await readdir(store.blobs)).length, 2)
})

test.run()
