// bzImages around a kernel packed as the kernel's build packs it (scripts/Makefile.lib), small ones and Debian's repacked.
import { spawnSync } from 'node:child_process'
import type { Packing } from '../../../src/kernel/find-payload.ts'
import { buildBzImage, type BzImagePlan } from '../../kernel/support/build-bzimage.ts'
import { address32, buildElf, buildNote, PT_NOTE } from '../../kernel/support/build-elf.ts'
import { configText, ikconfig } from '../../kernel/support/kernel-config.ts'

export const PACKINGS: readonly Packing[] = ['gzip', 'xz', 'lz4', 'zstd', 'bzip2']

/** Of each the tool with the kernel's own options, but for levels that take minutes; zstd's window is as large as -22's. */
const TOOLS: Record<Packing | 'lzma', string[]> = {
  gzip: ['gzip', '-n', '-c', '-9'],
  xz: ['xz', '-c', '--check=crc32', '--x86', '--lzma2=preset=1,dict=32MiB'],
  lz4: ['lz4', '-l', '-c'],
  zstd: ['zstd', '-3', '--long=27', '-c'],
  bzip2: ['bzip2', '-c', '-9'],
  lzma: ['xz', '--format=lzma', '-c', '-1'],
}

const MEBIBYTE = 1024 * 1024

/** What a tool made of the bytes; throws where it is missing. */
export function pack(bytes: Buffer, packing: Packing | 'lzma', ...options: string[]): Buffer {
  const [tool = '', ...words] = TOOLS[packing]
  const { status, stdout, error } = spawnSync(tool, [...words, ...options], { input: bytes, maxBuffer: 256 * MEBIBYTE })
  if (status !== 0) throw new Error(`${tool} is missing or failed`, { cause: error })
  return stdout
}

/** With the length behind it, which gzip has in itself. */
export function packPayload(kernel: Buffer, packing: Packing | 'lzma'): Buffer {
  const packed = pack(kernel, packing)
  return packing === 'gzip' ? packed : Buffer.concat([packed, address32(kernel.length)])
}

/** An ELF with a PVH entry, Linux's banner, a configuration and `bytes` of content that packs half. */
export function buildVmlinux(bytes = 256 * 1024, release = '6.1.0-9-test'): Buffer {
  const content = Buffer.alloc(bytes)
  for (let at = 0, value = 1; at < bytes / 2; at++) {
    value = (value * 48271) % 0x7fffffff
    content[at] = value & 0xff
  }
  content.write(`Linux version ${release} (builder@host) #1 SMP`, bytes - 512, 'latin1')
  return buildElf({
    segments: [
      { physicalAddress: 0x1000000n, content },
      { physicalAddress: 0x2000000n, content: ikconfig(configText({ X86_MPPARSE: 'y' })) },
      { type: PT_NOTE, physicalAddress: 0n, content: buildNote('Xen', 18, address32(0x1000010)) },
    ],
  })
}

/** A bzImage with this behind its setup code, some way in, as payload. */
export function bzImageOf(payload: Buffer, plan: BzImagePlan = {}): Buffer {
  return withPayload(buildBzImage({ initSize: 0x8000000, ...plan }), 128, payload)
}

/** The same bzImage with another payload; it grows or shrinks to fit. */
export function repack(bzImage: Buffer, payload: Buffer): Buffer {
  return withPayload(bzImage, bzImage.readUInt32LE(0x248), payload)
}

function withPayload(bzImage: Buffer, inside: number, payload: Buffer): Buffer {
  const start = (bzImage.readUInt8(0x1f1) + 1) * 512
  const length = Math.ceil((inside + payload.length) / 16) * 16
  const bytes = Buffer.alloc(start + length)
  bzImage.copy(bytes, 0, 0, start + inside)
  payload.copy(bytes, start + inside)
  bytes.writeUInt32LE(length / 16, 0x1f4)
  bytes.writeUInt32LE(inside, 0x248)
  bytes.writeUInt32LE(payload.length, 0x24c)
  return bytes
}
