// The files that manifests of the corpus name: small kernels, most of them wrong in one way.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { buildBzImage } from '../kernel/support/build-bzimage.ts'
import { buildElf } from '../kernel/support/build-elf.ts'

const MIB = 1024n ** 2n
const code = Buffer.from([0xf4, 0xeb, 0xfd])
const elf = buildElf({ segments: [{ physicalAddress: MIB, content: code }] })

const IMAGES: Record<string, Buffer> = {
  empty: Buffer.alloc(0),
  text: Buffer.from('this is not a kernel\n'),
  gzip: gzipSync(elf),
  'elf-arm64': buildElf({ segments: [{ physicalAddress: MIB, content: code }], machine: 183 }),
  'elf-32-bit': buildElf({ segments: [{ physicalAddress: MIB, content: code }], machine: 3, elfClass: 1 }),
  'elf-truncated': elf.subarray(0, elf.length - 1),
  'elf-overlap': buildElf({
    segments: [
      { physicalAddress: MIB, content: code, memorySize: 4097n },
      { physicalAddress: MIB + 4096n, content: code },
    ],
  }),
  'elf-at-zero': buildElf({ segments: [{ physicalAddress: 0n, content: code }] }),
  'elf-above-default-memory': buildElf({ segments: [{ physicalAddress: 200n * MIB, content: code }] }),
  bzimage: buildBzImage(),
  'bzimage-truncated': buildBzImage({ paragraphs: 4096, fileLength: 4096 }),
  'bzimage-32-bit': buildBzImage({ xloadflags: 0 }),
  'bzimage-initrd-below-16mib': buildBzImage({ initrdAddressMax: 0xffffff }),
  'initrd-4mib': Buffer.alloc(4 * Number(MIB)),
  'disk-1mib': Buffer.alloc(Number(MIB)),
  'disk-of-1000-bytes': Buffer.alloc(1000),
  'overlay-over-2mib': overlayOver(2 * Number(MIB)),
}

/** An overlay without a block, docs/overlay-format.md. */
export function overlayOver(imageBytes: number): Buffer {
  const blocks = Math.ceil(imageBytes / 4096)
  const overlay = Buffer.alloc(4096 + Math.ceil(Math.ceil(blocks / 8) / 4096) * 4096 + blocks * 4096)
  overlay.write('VOLTOVLY')
  overlay.writeUInt32LE(1, 8)
  overlay.writeUInt32LE(4096, 12)
  overlay.writeBigUInt64LE(BigInt(imageBytes), 16)
  return overlay
}

/** Writes them to `directory`/images. */
export async function writeCorpusImages(directory: string): Promise<void> {
  const images = join(directory, 'images')
  await mkdir(images)
  for (const [name, content] of Object.entries(IMAGES)) await writeFile(join(images, name), content)
}
