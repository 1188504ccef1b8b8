// Images of containers as trees: layers over one another, whiteouts, owners, packed or not, from layouts and archives.
import { execFileSync } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import { buildDisk } from '../../src/content/build-disk.ts'
import type { DiskContent } from '../../src/content/disk-content.ts'
import { dockerContent, ociContent } from '../../src/content/image-content.ts'
import { storeIn } from '../../src/store/store-place.ts'
import { buildTar, type TarMember } from '../store/support/build-deb.ts'
import { directory, dockerArchive, file, hardlink, sha256, symlink, writeOciLayout, type ImagePlan } from './support-images.ts' // prettier-ignore
import { failure, LOCK, suiteInPlace } from './support-trees.ts'

const { test, place } = suiteInPlace('images of containers')
const MIB = 1024 ** 2
let images = 0

async function oci(plan: ImagePlan, ref?: string): Promise<DiskContent> {
  const root = join(place.directory, `image${images++}`)
  await writeOciLayout(root, plan)
  return ociContent(root, './image', ref)
}

/** A line an entry, with what a file holds. */
async function listing(content: DiskContent): Promise<string[]> {
  return content.withTree({ directory: place.directory, sizeBytes: 64 * MIB }, (tree) =>
    Promise.all(
      tree.map(async (entry) => {
        const { path, kind, mode, uid, gid, mtime } = entry
        const what =
          entry.kind === 'file'
            ? await readFile(entry.bytes.source, 'utf8')
            : entry.kind === 'symlink'
              ? entry.target
              : 'major' in entry
                ? `${entry.major}:${entry.minor}`
                : ''
        return `${kind} ${mode.toString(8)} ${uid}:${gid} ${mtime} ${path}${what === '' ? '' : ` = ${what}`}`
      }),
    ),
  )
}

const paths = async (content: DiskContent): Promise<string[]> => (await listing(content)).map((text) => text.replace(/^\S+ \S+ \S+ \S+ /, '')) // prettier-ignore
const layered = async (...layers: TarMember[][]) => paths(await oci({ layers }))

const LAYERS = [
  [
    directory('./etc/', { uid: 7, mtime: 5 }),
    file('etc/a', 'lower', { mode: 0o4711, uid: 100_000, gid: 3, mtime: 86_400 }),
    symlink('bin', 'usr/bin'),
    { name: 'dev/null', type: '3', device: [1, 3], mode: 0o666 } as TarMember,
    { name: 'pipe', type: '6' },
  ],
  [file('etc/a', 'upper'), hardlink('etc/b', 'etc/a')],
]

test('what a member says is what the tree has; the last layer wins', async () => {
  assert.equal(await listing(await oci({ layers: LAYERS })), [
    'symlink 777 0:0 0 bin = usr/bin',
    'directory 755 0:0 0 dev',
    'character 666 0:0 0 dev/null = 1:3',
    'directory 755 7:0 5 etc',
    'file 644 0:0 0 etc/a = upper',
    'file 644 0:0 0 etc/b = upper',
    'fifo 644 0:0 0 pipe',
  ])
})

test('hard links share their bytes; a later layer replaces one of them', async () => {
  const content = await oci({ layers: [[file('a', 'x'), hardlink('b', './a'), hardlink('c', 'b')], [file('b', 'y')]] })
  const shared = await content.withTree({ directory: place.directory, sizeBytes: MIB }, (tree) =>
    Promise.resolve(new Set(tree.map((entry) => entry.kind === 'file' && entry.bytes)).size),
  )
  assert.is(shared, 2)
})

test('whiteouts hide what lies below, never what their own layer brings', async () => {
  const lower = [file('d/a', '1'), file('d/sub/b', '2'), file('e', '3')]
  assert.equal(await layered(lower, [file('d/.wh.a', ''), file('.wh.e', '')]), ['d', 'd/sub', 'd/sub/b = 2'])
  assert.equal(await layered(lower, [file('.wh.d', '')]), ['e = 3'])
  const opaque = file('d/.wh..wh..opq', '')
  for (const upper of [
    [opaque, file('d/new', '4')],
    [file('d/new', '4'), opaque],
  ]) {
    assert.equal(await layered(lower, upper), ['d', 'd/new = 4', 'e = 3'])
  }
  assert.equal(await layered(lower, [file('.wh.d', ''), file('d/sub/c', '5')]), ['d', 'd/sub', 'd/sub/c = 5', 'e = 3'])
  assert.equal(await layered(lower, [file('.wh.none', ''), file('.wh..wh.plnk', ''), file('none/.wh.x', '')]), ['d', 'd/a = 1', 'd/sub', 'd/sub/b = 2', 'e = 3']) // prettier-ignore
})

test('a file takes the place of a directory, and the other way round', async () => {
  assert.equal(await layered([file('a/b', '1')], [file('a', '2')]), ['a = 2'])
  assert.equal(await layered([file('a', '1')], [directory('a'), file('a/b', '2')]), ['a', 'a/b = 2'])
})

test('symlinks are followed inside the tree alone, and kept as text', async () => {
  const lower = [symlink('bin', '/usr/bin'), symlink('up', '../../../outside'), directory('usr/bin')]
  const found = await layered(lower, [file('bin/sh', 's'), file('up/x', 'x'), symlink('passwd', '/etc/passwd')])
  assert.equal(found, ['bin = /usr/bin', 'outside', 'outside/x = x', 'passwd = /etc/passwd', 'up = ../../../outside', 'usr', 'usr/bin', 'usr/bin/sh = s']) // prettier-ignore
})

test('gzip, zstd and neither are the same tree', async () => {
  const zstd = (tar: Buffer): Buffer => execFileSync('zstd', ['-q'], { input: tar })
  const plain = await listing(await oci({ layers: LAYERS }))
  assert.equal(await listing(await oci({ layers: LAYERS, pack: (tar) => gzipSync(tar) })), plain)
  assert.equal(await listing(await oci({ layers: LAYERS, pack: zstd })), plain)
})

test('the image is that of the name, or the only one for a machine', async () => {
  assert.equal(await paths(await oci({ layers: [[file('a', '1')]], ref: 'one' }, 'one')), ['a = 1'])
  assert.match((await failure(oci({ layers: [], ref: 'one' }, 'two'))).message, /has no image two$/)
  const platforms = (index: Record<string, unknown>) => {
    const [entry] = index['manifests'] as object[]
    const of = (architecture: string) => ({ ...entry, platform: { os: 'linux', architecture } })
    const other = { ...of('arm64'), digest: `sha256:${'0'.repeat(64)}` }
    return { ...index, manifests: [other, of('amd64')] }
  }
  assert.equal(await paths(await oci({ layers: [[file('a', '1')]], index: platforms })), ['a = 1'])
  const twice = (index: Record<string, unknown>) => ({ manifests: [...(index['manifests'] as []), ...(index['manifests'] as [])] }) // prettier-ignore
  assert.match((await failure(oci({ layers: [], index: twice }))).message, /has 2 images$/)
})

test('a Docker archive is the same tree, packed or not, with links for layers', async () => {
  const path = join(place.directory, 'image.tar')
  const plain = await listing(await oci({ layers: LAYERS }))
  await writeFile(path, dockerArchive({ layers: LAYERS }))
  assert.equal(await listing(await dockerContent(path, './image.tar')), plain)
  assert.equal(await listing(await dockerContent(path, './image.tar', 'web:1')), plain)
  assert.match(
    (await failure(listing(await dockerContent(path, './i', 'web:2')))).message,
    /^\.\/i has no image web:2$/,
  )
  await writeFile(path, gzipSync(dockerArchive({ layers: LAYERS, pack: (tar) => gzipSync(tar) })))
  assert.equal(await listing(await dockerContent(path, './image.tar')), plain)
  const lowest = sha256(buildTar(LAYERS[0] ?? []))
  const first = (manifest: Record<string, unknown>) => ({ ...manifest, Layers: ['x/layer.tar', (manifest['Layers'] as string[])[1]] }) // prettier-ignore
  const moved = dockerArchive({ layers: LAYERS, manifest: first }, [symlink('x/layer.tar', '../z/layer.tar'), hardlink('z/layer.tar', `${lowest}/layer.tar`)]) // prettier-ignore
  await writeFile(path, moved)
  assert.equal(await listing(await dockerContent(path, './image.tar')), plain)
})

test('becomes a disk with its owners, the same bytes each time; nothing else stays', async () => {
  const store = storeIn(join(place.directory, 'store'))
  const again = storeIn(join(place.directory, 'again'))
  const content = await oci({ layers: LAYERS, pack: (tar) => gzipSync(tar) })
  const said: string[] = []
  const { path } = await buildDisk(store, content, 16 * MIB, { ...LOCK, onProgress: (text) => said.push(text) })
  const { path: other } = await buildDisk(again, content, 16 * MIB, LOCK)
  assert.equal(said, ['layer 1 of 2', 'layer 2 of 2'])
  assert.ok((await readFile(path)).equals(await readFile(other)))
  execFileSync('/usr/sbin/e2fsck', ['-fn', path], { stdio: 'pipe' })
  assert.equal((await readdir(store.disks)).length, 1)
})

test.run()
