// Reads a bzImage's setup header (the kernel's Documentation/arch/x86/boot.rst).
import { textOf, type ByteReader } from './byte-reader.ts'
import type { BzImageKernel } from './image.ts'
import { KernelError } from './kernel-error.ts'

/** Offsets of setup header fields in the file. */
const FIELD = {
  setupSects: 0x1f1,
  syssize: 0x1f4,
  bootFlag: 0x1fe,
  jump: 0x201,
  version: 0x206,
  kernelVersion: 0x20e,
  loadflags: 0x211,
  initrdAddrMax: 0x22c,
  kernelAlignment: 0x230,
  relocatableKernel: 0x234,
  xloadflags: 0x236,
  cmdlineSize: 0x238,
  prefAddress: 0x258,
  initSize: 0x260,
} as const

const SECTOR_BYTES = 512
const HEADER_END_BASE = 0x202
/** Up to the end of init_size, the last field that is needed. */
const HEADER_NEEDED = 0x264
const BOOT_FLAG = 0xaa55
const LOADED_HIGH = 1
const XLF_KERNEL_64 = 1
/** The first version with init_size and pref_address (Linux 2.6.35). */
const VERSION_INIT_SIZE = 0x20a
/** The first with xloadflags. */
const VERSION_XLOADFLAGS = 0x20c
const VERSION_TEXT_BYTES = 256

/** Throws KernelError. `reader` must hold `HdrS` at 0x202. */
export async function readBzImage(reader: ByteReader): Promise<Omit<BzImageKernel, 'size' | 'sha256'>> {
  const header = await reader.read(0, HEADER_NEEDED, 'setup header')
  const protocolVersion = header.getUint16(FIELD.version, true)
  checkHeader(header, protocolVersion)
  const headerEnd = HEADER_END_BASE + header.getUint8(FIELD.jump)
  if (headerEnd < HEADER_NEEDED) throw damaged('its setup header is shorter than its version says')
  const setup = await reader.read(FIELD.setupSects, headerEnd - FIELD.setupSects, 'setup header')
  const payloadOffset = ((header.getUint8(FIELD.setupSects) || 4) + 1) * SECTOR_BYTES
  const payloadSize = header.getUint32(FIELD.syssize, true) * 16
  if (payloadSize === 0) throw damaged('it holds no kernel behind its setup code')
  if (payloadOffset + payloadSize > reader.size) {
    throw damaged(`its header promises ${payloadOffset + payloadSize} bytes, but the file has ${reader.size}`)
  }
  const kernelAlignment = header.getUint32(FIELD.kernelAlignment, true)
  if (kernelAlignment === 0 || (kernelAlignment & (kernelAlignment - 1)) !== 0) {
    throw damaged(`its alignment ${kernelAlignment} is not a power of two`)
  }
  const prefAddress = header.getBigUint64(FIELD.prefAddress, true)
  if (prefAddress >= 2n ** 47n) throw damaged(`its preferred address 0x${prefAddress.toString(16)} is impossible`)
  const version = await readVersion(reader, header.getUint16(FIELD.kernelVersion, true), payloadOffset)
  return {
    format: 'bzimage',
    setupHeader: new Uint8Array(setup.buffer, setup.byteOffset, setup.byteLength),
    protocolVersion,
    payloadOffset,
    payloadSize,
    prefAddress: Number(prefAddress),
    initSize: header.getUint32(FIELD.initSize, true),
    kernelAlignment,
    relocatable: header.getUint8(FIELD.relocatableKernel) !== 0,
    entry64: protocolVersion >= VERSION_XLOADFLAGS && (header.getUint16(FIELD.xloadflags, true) & XLF_KERNEL_64) !== 0,
    cmdlineMax: header.getUint32(FIELD.cmdlineSize, true),
    initrdAddressMax: header.getUint32(FIELD.initrdAddrMax, true),
    ...(version !== undefined && { version }),
  }
}

function checkHeader(header: DataView, protocolVersion: number): void {
  if (header.getUint16(FIELD.bootFlag, true) !== BOOT_FLAG) throw damaged('its boot flag 0xAA55 is missing')
  const hint = 'Volt needs boot protocol 2.10 or later (Linux 2.6.35)'
  if (protocolVersion < VERSION_INIT_SIZE) {
    const text = `${protocolVersion >> 8}.${String(protocolVersion & 0xff).padStart(2, '0')}`
    throw new KernelError('foreign', `this kernel speaks boot protocol ${text}, which is too old`, hint)
  }
  if ((header.getUint8(FIELD.loadflags) & LOADED_HIGH) === 0) {
    throw new KernelError('foreign', 'this is a zImage, which loads below 1 MiB', hint)
  }
}

/** The release, `6.1.0-37-amd64`: the first word of the text that the header points at, which is optional. */
async function readVersion(reader: ByteReader, pointer: number, setupEnd: number): Promise<string | undefined> {
  const offset = pointer + 0x200
  if (pointer === 0 || offset >= setupEnd) return undefined
  const text = textOf(await reader.read(offset, Math.min(VERSION_TEXT_BYTES, setupEnd - offset), 'version text'))
  return /^[\x21-\x7e]{1,64}(?= |$)/.exec(text)?.[0]
}

function damaged(message: string): KernelError {
  return new KernelError('damaged', `this bzImage is damaged: ${message}`, 'copy or build it again')
}
