// Makes the entries of a plan's `load` list.
import { hex } from './address.ts'
import type { LoadItem } from './boot-plan.gen.ts'

/** `bytes` at `gpa`; trailing zeros are left out, because RAM reads as zero. */
export function inlineItem(label: string, gpa: number, bytes: Uint8Array): LoadItem {
  let length = bytes.length
  while (length > 0 && bytes[length - 1] === 0) length--
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('base64')
  return { label, gpa: hex(gpa), size: bytes.length, from: { data } }
}

/** `fileSize` bytes of the file at `gpa`; what is missing to `size` stays zero. */
export function fileItem(
  label: string,
  gpa: number,
  size: number,
  source: { file: string; offset: number; fileSize: number },
): LoadItem {
  return { label, gpa: hex(gpa), size, from: { file: source.file, offset: source.offset, size: source.fileSize } }
}
