// What an ELF kernel says of itself in its data: banner and IKCONFIG, wherever they lie, and damaged ones.
import { gzipSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import type { KernelImage } from '../../src/kernel/image.ts'
import { suite } from '../suite.ts'
import { buildElf } from './support/build-elf.ts'
import { configText, ikconfig } from './support/kernel-config.ts'
import { readBytes } from './support/read-bytes.ts'

const test = suite('what an ELF kernel says of itself')
const MIB = 1024 * 1024
const banner = Buffer.from('Linux version 6.1.0-37-amd64 (builder@host) (gcc-12) #1 SMP\n\0')

/** One segment with this content, `before` bytes into it. */
function kernelWith(content: Buffer, before = 0): Promise<KernelImage> {
  const segment = { physicalAddress: 0x100000n, content: Buffer.concat([Buffer.alloc(before, 0xf4), content]) }
  return readBytes(buildElf({ segments: [segment] }))
}

test('version and configuration are found in different segments', async () => {
  const image = await readBytes(
    buildElf({
      segments: [
        { physicalAddress: 0x100000n, content: ikconfig(configText()) },
        { physicalAddress: 0x200000n, content: banner },
      ],
    }),
  )
  assert.is(image.version, '6.1.0-37-amd64')
  assert.equal([image.config?.source, image.config?.X86_MPPARSE, image.config?.NR_CPUS], ['IKCONFIG', 'no', 8192])
})

test('a kernel without either is a kernel all the same', async () => {
  const image = await kernelWith(Buffer.alloc(100, 0xf4))
  assert.equal(['version' in image, 'config' in image], [false, false])
})

for (const before of [MIB - 1, MIB - 7, MIB - 20, MIB, MIB + 1, 3 * MIB - 11]) {
  test(`both are found ${before} bytes into a segment, across the pieces in which it is read`, async () => {
    assert.is((await kernelWith(banner, before)).version, '6.1.0-37-amd64')
    assert.is((await kernelWith(ikconfig(configText()), before)).config?.ACPI, 'yes')
  })
}

test('a configuration larger than a piece of the file is read whole', async () => {
  const padding = Array.from({ length: 40_000 }, (_, i) => `# CONFIG_DRIVER_${i * 7919} is not set`).join('\n')
  const image = await kernelWith(ikconfig(`${padding}\n${configText()}`), MIB - 4000)
  assert.is(image.config?.X86_MPPARSE, 'no')
})

test('a format string and a marker by itself are not taken for the real thing', async () => {
  const decoys = Buffer.from('Linux version %s (%s)\0IKCFG_ST\0IKCFG_ED\0')
  const image = await kernelWith(Buffer.concat([decoys, banner, ikconfig(configText())]))
  assert.equal([image.version, image.config?.ACPI], ['6.1.0-37-amd64', 'yes'])
  assert.is((await kernelWith(decoys)).version, undefined)
})

const compressed = gzipSync(configText())
const DAMAGED: Record<string, Buffer> = {
  'without its end': Buffer.concat([Buffer.from('IKCFG_ST'), compressed]),
  'cut short': ikconfig(compressed.subarray(0, compressed.length - 20)),
  'with other bytes in it': ikconfig(Buffer.concat([compressed.subarray(0, 10), Buffer.alloc(100, 0xff)])),
  'that unpacks to 64 MiB': ikconfig(gzipSync(Buffer.alloc(64 * MIB))),
  'of no kernel': ikconfig('hello\n'),
}
for (const [what, content] of Object.entries(DAMAGED)) {
  test(`a configuration ${what} is none`, async () => {
    const image = await kernelWith(Buffer.concat([banner, content]))
    assert.equal([image.version, image.config], ['6.1.0-37-amd64', undefined])
  })
}

test.run()
