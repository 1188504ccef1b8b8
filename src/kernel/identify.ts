// Recognises what a file is by its first bytes, so that a wrong file gets a sentence of its own.
import { KernelError } from './kernel-error.ts'

/** How much of the file's beginning `identify` looks at. */
export const IDENTIFY_BYTES = 2048

interface Signature {
  offset: number
  /** Latin-1. */
  magic: string
  what: string
  hint?: string
}

const DECOMPRESS = 'decompress it first; Volt starts an uncompressed ELF or a bzImage'
const INITRD = 'name it as kernel.initrd, and a kernel as kernel.image'
const DISK = 'kernel.image must be the kernel itself, not the disk it is installed on'
const ARCHITECTURE = 'Volt runs x86-64 kernels'

const SIGNATURES: readonly Signature[] = [
  { offset: 0, magic: '\x1f\x8b', what: 'a gzip file', hint: DECOMPRESS },
  { offset: 0, magic: '\xfd7zXZ\0', what: 'an xz file', hint: DECOMPRESS },
  { offset: 0, magic: '\x28\xb5\x2f\xfd', what: 'a zstd file', hint: DECOMPRESS },
  { offset: 0, magic: 'BZh', what: 'a bzip2 file', hint: DECOMPRESS },
  { offset: 0, magic: '\x02\x21\x4c\x18', what: 'an lz4 file', hint: DECOMPRESS },
  { offset: 0, magic: '\x04\x22\x4d\x18', what: 'an lz4 file', hint: DECOMPRESS },
  { offset: 0, magic: '\x5d\0\0', what: 'an lzma file', hint: DECOMPRESS },
  { offset: 0, magic: '\x89LZO', what: 'an lzop file', hint: DECOMPRESS },
  { offset: 0, magic: 'PK\x03\x04', what: 'a zip file', hint: DECOMPRESS },
  { offset: 257, magic: 'ustar', what: 'a tar archive', hint: 'unpack it first' },
  { offset: 0, magic: '!<arch>\n', what: 'an ar archive, such as a Debian package', hint: 'unpack it first' },
  { offset: 0, magic: '\xed\xab\xee\xdb', what: 'an RPM package', hint: 'unpack it first' },
  { offset: 0, magic: '070701', what: 'a cpio archive, such as an initrd', hint: INITRD },
  { offset: 0, magic: '070702', what: 'a cpio archive, such as an initrd', hint: INITRD },
  { offset: 0x38, magic: 'ARM\x64', what: 'an arm64 kernel image', hint: ARCHITECTURE },
  { offset: 0x38, magic: 'RSC\x05', what: 'a RISC-V kernel image', hint: ARCHITECTURE },
  { offset: 0, magic: '\x27\x05\x19\x56', what: 'a U-Boot image', hint: ARCHITECTURE },
  { offset: 0, magic: 'QFI\xfb', what: 'a qcow2 disk image', hint: DISK },
  { offset: 0, magic: 'KDMV', what: 'a VMDK disk image', hint: DISK },
  { offset: 0, magic: 'hsqs', what: 'a squashfs file system', hint: DISK },
  { offset: 0x438, magic: '\x53\xef', what: 'an ext file system', hint: DISK },
  { offset: 0, magic: 'MZ', what: 'an EFI or Windows program without a Linux setup header' },
  { offset: 0, magic: '\xca\xfe\xba\xbe', what: 'a Mach-O or Java file' },
  { offset: 0, magic: '#!', what: 'a script' },
  { offset: 0, magic: '%PDF', what: 'a PDF document' },
  { offset: 510, magic: '\x55\xaa', what: 'a disk image', hint: DISK },
]

export type ImageFormat = 'elf' | 'bzimage'

/** `head` is the file's beginning, up to IDENTIFY_BYTES. Throws KernelError `foreign` for what is neither format. */
export function identify(head: DataView): ImageFormat {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1')
  if (text.startsWith('\x7fELF')) return 'elf'
  if (text.startsWith('HdrS', 0x202)) return 'bzimage'
  const known = SIGNATURES.find(({ offset, magic }) => text.startsWith(magic, offset))
  if (known !== undefined) throw new KernelError('foreign', `this is ${known.what}, not a kernel`, known.hint)
  const kernels = 'a kernel is an ELF file (vmlinux) or a bzImage (vmlinuz)'
  if (isText(text)) throw new KernelError('foreign', 'this is a text file, not a kernel', kernels)
  throw new KernelError('foreign', 'this is not a kernel', kernels)
}

function isText(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- text is what has no control characters
  return text.length > 0 && !/[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]/.test(text)
}
