// Images that lie, leave their tree, never end or are cut short: each is refused by name, in bounded time and space.
import { mkdir, readdir, readFile, rm, symlink as makeLink, truncate, writeFile } from 'node:fs/promises'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import type { DiskContent } from '../../src/content/disk-content.ts'
import { dockerContent, ociContent } from '../../src/content/image-content.ts'
import { buildTar, type TarMember } from '../store/support/build-deb.ts'
import { directory, dockerArchive, file, hardlink, symlink, writeOciLayout, type ImagePlan, type Json } from './support-images.ts' // prettier-ignore
import { failure, suiteInPlace } from './support-trees.ts'

const { test, place } = suiteInPlace('hostile images of containers')
const MIB = 1024 ** 2
const SMALL: ImagePlan = { layers: [[file('a', '1')]] }
let images = 0

/** A root of its own, with the files of its layers. */
async function layout(plan: ImagePlan): Promise<{ root: string; layers: string[] }> {
  const root = join(place.directory, `image${images++}`)
  return { root, layers: await writeOciLayout(root, plan) }
}

/** What is said of it, and that nothing of it stays. */
async function refusal(open: () => Promise<DiskContent>, sizeBytes = MIB): Promise<string> {
  const staging = join(place.directory, `staging${images++}`)
  await mkdir(staging)
  const error = await failure(open().then((content) => content.withTree({ directory: staging, sizeBytes }, async () => undefined))) // prettier-ignore
  assert.is(error.code, 'CONTENT_INVALID', error.stack)
  assert.not.match(error.message, /\p{Cc}|undefined|\[object/u)
  assert.equal(await readdir(staging), [])
  return error.message
}

const refusalOf = async (plan: ImagePlan, sizeBytes?: number): Promise<string> => {
  const { root } = await layout(plan)
  return refusal(() => ociContent(root, './image'), sizeBytes)
}

const MEMBERS: [string, TarMember[], RegExp][] = [
  ['a name that goes up', [file('../x', '')], /name leaves the archive: '\.\.\/x'/],
  ['a name that goes up inside', [file('a/../../x', '')], /name leaves the archive/],
  ['an absolute name', [file('/etc/x', '')], /name leaves the archive: '\/etc\/x'/],
  ['a name of two lines', [file('a\nb', '')], /name leaves the archive/],
  ['a name that is not UTF-8', [file('\xff\xfe', '')], /name that is not UTF-8/],
  ['a hard link that goes up', [hardlink('x', '../../etc/passwd')], /hard link to what is outside of the archive: 'x'/],
  ['an absolute hard link', [hardlink('x', '/etc/passwd')], /hard link to what is outside of the archive/],
  ['a hard link to nothing', [hardlink('x', 'y')], /x is a hard link to y, which is no file there/],
  ['a hard link to a directory', [directory('d'), hardlink('x', 'd')], /x is a hard link to d, which is no file there/],
  ['a symlink to nowhere', [symlink('x', '')], /symlink with an odd target|cannot be unpacked/],
  ['symlinks in a circle', [symlink('a', 'b'), symlink('b', 'a'), file('a/x', '')], /a\/x lies below symlinks that lead in a circle/],
  ['a file below a file', [file('a', ''), file('a/x', '')], /a\/x lies below a, which is no directory/],
] // prettier-ignore

for (const [what, members, said] of MEMBERS) {
  test(`${what} is refused`, async () => assert.match(await refusalOf({ layers: [members] }), said))
}

test('through a symlink that leads outside, nothing outside is written', async () => {
  const outside = join(place.directory, 'outside')
  const { root } = await layout({ layers: [[symlink('x', outside), file('x/y', 'z')]] })
  const content = await ociContent(root, './image')
  const found = await content.withTree({ directory: place.directory, sizeBytes: MIB }, (tree) =>
    Promise.resolve(tree.map(({ path }) => path).filter((path) => path.endsWith('/y'))),
  )
  assert.equal(found, [`${outside.slice(1)}/y`])
  assert.not((await readdir(place.directory)).includes('outside'))
})

const DIGESTS: [string, ImagePlan, RegExp][] = [
  ['of no algorithm', { ...SMALL, manifest: (m) => ({ ...m, layers: [{ digest: '../../../etc/passwd', size: 1 }] }) }, /layer 1 of .* has a malformed digest, '\.\.\/\.\.\/\.\.\/etc\/passwd'/],
  ['with a path behind it', { ...SMALL, manifest: (m) => ({ ...m, config: { digest: `sha256:${'a'.repeat(64)}/../x`, size: 1 } }) }, /configuration of .* has a malformed digest/],
  ['in upper case', { ...SMALL, index: (i) => ({ ...i, manifests: [{ digest: `sha256:${'A'.repeat(64)}`, size: 1 }] }) }, /manifests\[0\] of .*index\.json has a malformed digest/],
  ['that is a number', { ...SMALL, manifest: (m) => ({ ...m, layers: [{ digest: 7, size: 1 }] }) }, /malformed digest, none/],
  ['of another layer', { ...SMALL, config: (c) => ({ ...c, rootfs: { diff_ids: [`sha256:${'0'.repeat(64)}`] } }) }, /layer 1 of .* is not what the image's configuration says/],
  ['too few', { ...SMALL, config: (c) => ({ ...c, rootfs: { diff_ids: [] } }) }, /1 layers and 0 digests/],
  ['without a size', { ...SMALL, manifest: (m) => ({ ...m, layers: [{ digest: `sha256:${'a'.repeat(64)}`, size: -1 }] }) }, /has no size/],
] // prettier-ignore

for (const [what, plan, said] of DIGESTS) {
  test(`a digest ${what} is told`, async () => assert.match(await refusalOf(plan), said))
}

test('pipes in place of documents and layers are refused, and keep nobody', async () => {
  for (const name of ['index.json', 'oci-layout']) {
    const { root } = await layout(SMALL)
    await rm(join(root, name))
    assert.is(spawnSync('mkfifo', [join(root, name)]).status, 0)
    assert.match(await refusal(() => ociContent(root, './image')), /is no file/)
  }
})

test('documents that are none, too large, of another machine or in a circle are told', async () => {
  const broken = async (name: string, change: (path: string) => Promise<void>): Promise<string> => {
    const { root } = await layout(SMALL)
    await change(join(root, name))
    return refusal(() => ociContent(root, './image'))
  }
  assert.match(await broken('index.json', (path) => writeFile(path, '{')), /index\.json is no JSON document/)
  assert.match(await broken('index.json', (path) => writeFile(path, '[1]')), /is no list$/)
  assert.match(await broken('index.json', (path) => writeFile(path, 'null')), /is no JSON document/)
  assert.match(await broken('index.json', (path) => truncate(path, 5 * MIB)), /too many for a document/)
  assert.match(await broken('index.json', (path) => rm(path)), /index\.json is not there/)
  assert.match(await broken('oci-layout', (path) => writeFile(path, '{}')), /no OCI layout of version 1/)
  assert.match(
    await refusalOf({ ...SMALL, config: (c) => ({ ...c, architecture: 'arm64' }) }),
    /is an image for linux\/arm64/,
  )
  const { root } = await layout(SMALL)
  assert.match(await refusal(() => ociContent(join(root, 'none'), './none')), /oci-layout is not there/)
})

test('a blob that is another, cut short, longer or a link to elsewhere is told', async () => {
  const changes: [(path: string) => Promise<void>, RegExp][] = [
    [(path) => writeFile(path, Buffer.alloc(2048, 1)), /has not the \d+ bytes|is not what its digest says/],
    [(path) => truncate(path, 512), /has not the \d+ bytes/],
    [(path) => writeFile(path, 'x', { flag: 'a' }), /has not the \d+ bytes/],
    [(path) => rm(path).then(() => makeLink('/dev/zero', path)), /has not the \d+ bytes/],
    [(path) => rm(path), /layer 1 of \.\/image is not there/],
    [async (path) => { const tar = await readFile(path); tar[600] = 0xff; await writeFile(path, tar) }, /is not what its digest says/],
  ] // prettier-ignore
  for (const [change, said] of changes) {
    const { root, layers } = await layout(SMALL)
    await change(layers[0] ?? '')
    assert.match(await refusal(() => ociContent(root, './image')), said)
  }
})

test('an archive that is cut anywhere is told, never taken', async () => {
  const tar = buildTar([file('a', 'x'.repeat(2000)), file('b', 'y')])
  const kept = [1, 511, 512, 1000, 2560, 3000, 3072, 3583]
  for (const pack of [(whole: Buffer) => whole, (whole: Buffer) => gzipSync(whole)]) {
    for (const bytes of kept) {
      const cut = (whole: Buffer): Buffer => pack(whole).subarray(0, Math.min(bytes, pack(whole).length - 9))
      assert.match(await refusalOf({ layers: [tar], pack: cut }), /layer 1 of/, String(bytes))
    }
  }
})

test('decompression bombs, and trees larger than the disk, end at a limit', async () => {
  const bomb = (bytes: number) => buildTar([file('zeros', '', { content: Buffer.alloc(bytes) })])
  const packed: ImagePlan = { layers: [bomb(120 * MIB)], pack: (tar) => gzipSync(tar, { level: 1 }) }
  assert.match(await refusalOf(packed), /unpacks? to more than/)
  const links = Array.from({ length: 9 }, () => bomb(9 * MIB))
  assert.match(await refusalOf({ layers: links }), /unpacks to more than such a disk could hold/)
  // Headers alone.
  const many = Buffer.alloc(200_000 * 512)
  const header = buildTar([directory('d')]).subarray(0, 512)
  for (let at = 0; at < many.length; at += 512) header.copy(many, at)
  assert.match(await refusalOf({ layers: [many], pack: (tar) => gzipSync(tar, { level: 1 }) }), /more than/)
})

test('a size that a header only claims takes no space', async () => {
  for (const size of [2 ** 33 - 1, 2 ** 30]) {
    assert.match(await refusalOf({ layers: [[file('a', 'x', { size })]] }), /layer 1 of/)
  }
})

test('whiteouts of odd names and many of one directory are nothing', async () => {
  const odd = ['.wh...', '.wh..', '.wh.', 'd/.wh...'].map((name) => file(name, ''))
  const opaque = Array.from({ length: 5000 }, () => file('d/.wh..wh..opq', ''))
  const { root } = await layout({ layers: [[file('d/a', '')], [...odd, ...opaque, file('d/b', '')]] })
  const content = await ociContent(root, './image')
  const found = await content.withTree({ directory: place.directory, sizeBytes: MIB }, (tree) => Promise.resolve(tree.map(({ path }) => path))) // prettier-ignore
  assert.equal(found, ['d', 'd/b'])
})

test('Docker archives that name what is not there, lie or lead in a circle', async () => {
  const path = join(place.directory, 'hostile.tar')
  const said = async (archive: Buffer): Promise<string> => {
    await writeFile(path, archive)
    return refusal(() => dockerContent(path, './hostile.tar'))
  }
  const naming = (Layers: unknown) => dockerArchive({ ...SMALL, manifest: (m: Json) => ({ ...m, Layers }) }, [symlink('x', 'x'), symlink('y', '../../etc/passwd')]) // prettier-ignore
  assert.match(await said(naming(['none'])), /has no file "none", which it names/)
  assert.match(await said(naming(['x'])), /has no file "x"/)
  assert.match(await said(naming(['y'])), /has no file "y"/)
  assert.match(await said(naming(['../../../../etc/passwd'])), /has no file/)
  assert.match(await said(naming('x')), /is no list/)
  assert.match(await said(dockerArchive({ ...SMALL, manifest: (m) => ({ ...m, Config: `${'0'.repeat(64)}.json` }) })), /has no file/) // prettier-ignore
  assert.match(await said(dockerArchive({ ...SMALL, config: () => ({}) })), /an image for unknown\/unknown/)
  assert.match(await said(buildTar([file('manifest.json', '[null]')])), /has 1 images|has no/)
  assert.match(await said(buildTar([file('../manifest.json', '[]')])), /name leaves the archive/)
  assert.match(await said(Buffer.from('no tar at all')), /cannot be unpacked|has no file "manifest\.json"/)
  assert.match(await said(Buffer.alloc(0)), /cannot be unpacked|has no file "manifest\.json"/)
  const lying = dockerArchive({ ...SMALL, config: (c) => ({ ...c, rootfs: { diff_ids: [`sha256:${'0'.repeat(64)}`] } }) }) // prettier-ignore
  assert.match(await said(lying), /is not what the image's configuration says/)
})

test('an image that is interrupted leaves no process and no file', async () => {
  const { root } = await layout({ layers: [buildTar([file('zeros', '', { content: Buffer.alloc(64 * MIB) })])] })
  const content = await ociContent(root, './image')
  const staging = join(place.directory, 'interrupted')
  await mkdir(staging)
  const stopping = new AbortController()
  const { signal } = stopping
  // Once the first layer's turn has come: its process starts, and is ended.
  const onProgress = () => void setImmediate(() => stopping.abort(new Error('stopped')))
  await failure(content.withTree({ directory: staging, sizeBytes: 512 * MIB, signal, onProgress }, async () => undefined)) // prettier-ignore
  assert.equal(await readdir(staging), [])
})

test.run()
