// bzImages: what is read of a right one, and that each way to be wrong is found.
import * as assert from 'uvu/assert'
import type { BzImageKernel } from '../../src/kernel/image.ts'
import { suite } from '../suite.ts'
import { buildBzImage, type BzImagePlan } from './support/build-bzimage.ts'
import { faultOf, readBytes } from './support/read-bytes.ts'

const test = suite('bzImages')

async function read(plan: BzImagePlan): Promise<BzImageKernel> {
  return (await readBytes(buildBzImage(plan))) as BzImageKernel
}

test('the setup header is read', async () => {
  const { setupHeader, sha256, ...facts } = await read({})
  assert.equal(facts, {
    format: 'bzimage',
    size: 2048 + 1024,
    protocolVersion: 0x20f,
    payloadOffset: 2048,
    payloadSize: 1024,
    prefAddress: 0x1000000,
    initSize: 0x3000000,
    kernelAlignment: 0x200000,
    relocatable: true,
    entry64: true,
    cmdlineMax: 2047,
    initrdAddressMax: 0x7fffffff,
    version: '6.1.0-1-amd64',
  })
  assert.is(setupHeader.length, 0x202 + 0x6a - 0x1f1)
  assert.is(Buffer.from(setupHeader).toString('latin1', 0x202 - 0x1f1, 0x206 - 0x1f1), 'HdrS')
  assert.match(sha256, /^[0-9a-f]{64}$/)
})

test('no setup sectors mean four', async () => {
  assert.is((await read({ setupSectors: 0 })).payloadOffset, 5 * 512)
})

test('bytes behind what the header promises, such as a signature, are not payload', async () => {
  assert.is((await read({ fileLength: 8192 })).payloadSize, 1024)
})

test('without XLF_KERNEL_64, or before protocol 2.12, there is no 64-bit entry', async () => {
  assert.is((await read({ xloadflags: 0x3e })).entry64, false)
  assert.is((await read({ protocolVersion: 0x20b })).entry64, false)
})

test('a version text that is missing, outside or unprintable is left out', async () => {
  const plans = [{ versionPointer: 0 }, { versionPointer: 0xffff }, { versionText: '\x01\x02 x' }, { versionText: '' }]
  for (const plan of plans) assert.is((await read(plan)).version, undefined)
})

const DAMAGED: [title: string, plan: BzImagePlan][] = [
  ['no boot flag', { bootFlag: 0 }],
  ['a header that ends too early', { jump: 0x20 }],
  ['no payload', { paragraphs: 0 }],
  ['a payload cut by one byte', { fileLength: 2048 + 1023 }],
  ['a payload of 64 GiB', { paragraphs: 0xffffffff }],
  ['an alignment of 0', { alignment: 0 }],
  ['an alignment that is no power of two', { alignment: 0x300000 }],
  ['an alignment with the top bit and another', { alignment: 0x80000001 }],
  ['an impossible preferred address', { prefAddress: 2n ** 64n - 1n }],
]

for (const [title, plan] of DAMAGED) {
  test(`${title}: damaged`, async () => {
    const error = await faultOf(buildBzImage(plan))
    assert.equal([error.code, error.fault], ['KERNEL_INVALID', 'damaged'], error.message)
  })
}

test('an old boot protocol and a zImage are not for us', async () => {
  const old = await faultOf(buildBzImage({ protocolVersion: 0x203 }))
  assert.is(old.fault, 'foreign')
  assert.match(old.message, /2\.03/)
  assert.is((await faultOf(buildBzImage({ loadflags: 0 }))).fault, 'foreign')
})

test('a bzImage cut off anywhere behind its signature is damaged', async () => {
  const image = buildBzImage()
  for (let length = 0x206; length < image.length; length += 97) {
    assert.is((await faultOf(image.subarray(0, length))).fault, 'damaged', `${length} bytes`)
  }
})

test.run()
