// Overlay files: the bytes of an empty one, and what is no overlay over an image.
import { mkdtemp, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { openDisk, openOrMakeFile, temporaryFile } from '../../src/run/open-disk.ts'
import { checkOverlay, isUnmade, makeOverlay, overlayLength } from '../../src/run/overlay-file.ts'
import { VoltError } from '../../src/volt-error.ts'
import { overlayOver } from '../manifest/corpus-images.ts'
import { suite } from '../suite.ts'
import { MIB } from './support-disks.ts'

const test = suite('overlay files')
let directory = ''
let image = ''

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'volt-overlay-'))
  image = join(directory, 'root.img')
  await writeFile(image, '')
  await truncate(image, MIB)
})
test.after(() => rm(directory, { recursive: true }))

/** What stands against `overlay`, or undefined. */
async function complaint(overlay: string): Promise<string | undefined> {
  const [over, base] = [await openDisk(overlay, overlay, 'read'), await openDisk(image, image, 'read')]
  try {
    await checkOverlay(over, base, { overlay: 'O', image: 'I' })
    return undefined
  } catch (error) {
    assert.instance(error, VoltError)
    assert.is((error as VoltError).code, 'DISK_INVALID')
    return (error as VoltError).message
  } finally {
    await Promise.all([over.handle.close(), base.handle.close()])
  }
}

async function file(name: string, content: Buffer): Promise<string> {
  await writeFile(join(directory, name), content)
  return join(directory, name)
}

test('what a process did not live to make is none yet; anything else is something', async () => {
  const length = overlayLength(MIB, 4096)
  const isNone = async (name: string, content: Buffer): Promise<boolean> => {
    const { handle } = await openDisk(await file(name, content), name, 'read')
    return isUnmade(handle, MIB).finally(() => handle.close())
  }
  assert.is(await isNone('empty', Buffer.alloc(0)), true)
  assert.is(await isNone('begun', Buffer.alloc(length)), true)
  assert.is(await isNone('shorter', Buffer.alloc(length - 1)), false)
  const image = Buffer.alloc(length)
  image[1080] = 0x53 // as in an image of ext4
  assert.is(await isNone('ext4', image), false)
})

test('a new one is a header and holes, as docs/overlay-format.md has it', async () => {
  const path = join(directory, 'new')
  const { handle } = await openOrMakeFile(path)
  await makeOverlay(handle, MIB)
  assert.is(Number((await handle.stat()).mode & 0o777), 0o600)
  await handle.close()
  assert.equal(await readFile(path), overlayOver(MIB))
  assert.is(await complaint(path), undefined)
})

test('its length for a base of 1 GiB is that of the document, and grows with the block size', () => {
  assert.is(overlayLength(1024 * MIB, 4096), 1073778688)
  assert.is(overlayLength(512, 4096), 3 * 4096)
  assert.is(overlayLength(MIB, 65536), 65536 + MIB)
})

test('what is no overlay, or one over another image, is refused', async () => {
  const altered = (change: (overlay: Buffer) => unknown): Buffer => {
    const overlay = overlayOver(MIB)
    change(overlay)
    return overlay
  }
  const cases: [content: Buffer, complaint: RegExp][] = [
    [Buffer.from('short'), /^O is no overlay$/],
    [Buffer.alloc(MIB), /^O is no overlay$/],
    [altered((overlay) => overlay.writeUInt32LE(2, 8)), /version 2, and this Volt knows 1/],
    [overlayOver(2 * MIB), /^O is an overlay over an image of 2097152 bytes, and I has 1048576$/],
    [overlayOver(MIB).subarray(0, -1), /damaged/],
    [altered((overlay) => overlay.writeUInt32LE(4097, 12)), /damaged/],
    [altered((overlay) => overlay.writeUInt32LE(0, 12)), /damaged/],
    [altered((overlay) => overlay.writeUInt32LE(2048, 12)), /damaged/],
  ]
  for (const [content, expected] of cases) assert.match((await complaint(await file('wrong', content))) ?? '', expected)
})

test('an image that was written to since its overlay was made is refused', async () => {
  const path = await file('late', overlayOver(MIB))
  const { bornNs, handle } = await openDisk(path, path, 'read')
  await handle.close()
  const later = new Date(Date.now() + 60_000)
  await utimes(image, later, later)
  const expected = bornNs === 0n ? undefined : 'I was written to after the overlay O was made over it'
  assert.is(await complaint(path), expected)
  const earlier = new Date(Date.now() - 60_000)
  await utimes(image, earlier, earlier)
  assert.is(await complaint(path), undefined)
})

test('a file without a name is nowhere to be found, and takes what is written', async () => {
  const handle = await temporaryFile('volt-test')
  await makeOverlay(handle, MIB)
  assert.is((await handle.stat()).nlink, 0)
  await handle.close()
})

test('an existing file is opened as it is', async () => {
  const path = await file('there', Buffer.from('content'))
  const { handle, sizeBytes } = await openOrMakeFile(path)
  await handle.close()
  assert.is(sizeBytes, 7)
  assert.is(await readFile(path, 'utf8'), 'content')
})

test.run()
